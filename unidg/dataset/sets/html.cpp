#include "unidg/dataset/sets/html.h"

#include <algorithm>
#include <cctype>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"

namespace unidg::dataset::sets {
namespace {

constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--paper:#fbfbfa;--card:#fff;--ink:#1c2024;--faint:#5d6670;--line:#dfe2e6;--soft:#eef0f2;--accent:#1a5fb4;--bad:#b3261e;--odd:#8a5200;--bar:#3d6fb6}
@media(prefers-color-scheme:dark){:root{--paper:#14171a;--card:#1b1f23;--ink:#e7eaed;--faint:#a2abb4;--line:#33393f;--soft:#262b31;--accent:#8ab8ff;--bad:#ff8a80;--odd:#ffc66b;--bar:#7ba6e4}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
header,main,footer{max-width:84rem;margin:0 auto;padding:0 clamp(1rem,3vw,2.5rem)}
header{padding-top:1.8rem}
h1{margin:0;font-size:1.6rem;letter-spacing:-.015em;line-height:1.2;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.2rem 0 .3rem;padding-top:.8rem;border-top:1px solid var(--line)}
p{margin:.3rem 0;max-width:60rem}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.faint{color:var(--faint)}.bad{color:var(--bad)}.odd{color:var(--odd)}
.facts{display:flex;flex-wrap:wrap;gap:.2rem 2rem;margin:.8rem 0;color:var(--faint)}
.facts b{color:var(--ink);font-size:1.25rem;font-variant-numeric:tabular-nums;display:block}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(10.5rem,1fr));gap:.9rem;margin:.8rem 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:.45rem;padding:.5rem;font-size:.8rem;min-width:0;overflow-wrap:anywhere}
.card.two{grid-column:span 2}
.card .pics{display:flex;gap:.4rem}
.card img{display:block;width:100%;min-width:0;aspect-ratio:1;object-fit:contain;background:var(--soft);border-radius:.25rem}
.card p{margin:.35rem 0 0}
table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums;margin:.6rem 0}
th,td{padding:.25rem .7rem .25rem 0;text-align:left;vertical-align:top;font-weight:400}
td.n,th.n{text-align:right}
thead th{border-bottom:1px solid var(--line);color:var(--faint)}
.scroll{overflow-x:auto}
.plots{display:grid;align-items:start;grid-template-columns:repeat(auto-fill,minmax(min(26rem,100%),1fr));gap:1rem 2rem;margin:.8rem 0}
svg text{fill:var(--ink);font:12px system-ui,sans-serif}svg .faint{fill:var(--faint)}svg .bar{fill:var(--bar)}
svg .end{text-anchor:end}
footer{padding-top:2rem;padding-bottom:2rem;color:var(--faint);font-size:.85rem}
)css";

}  // namespace

std::string escape_html(std::string_view words) {
  std::string out;
  for (const char c : words) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string link_to(std::string_view path) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : path) {
    if ((c < 128 && std::isalnum(c)) || c == '-' || c == '_' || c == '.' || c == '~' || c == '/')
      out += static_cast<char>(c);
    else
      out += {'%', digits[c >> 4], digits[c & 15]};
  }
  return out;
}

std::string base64(std::string_view bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j <= bytes.size() ? digits[group >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

cv::Mat small_view(const Image& image, const Mask& mask, int side) {
  cv::Mat small;
  const double scale = std::min(1.0, static_cast<double>(side) / std::max(image.width(), image.height()));
  cv::resize(image.rgb8(), small, {}, scale, scale, cv::INTER_AREA);
  if (mask.width() == image.width() && mask.height() == image.height() && !mask.is_empty()) {
    cv::Mat region, rim;
    cv::resize(mask.pixels(), region, small.size(), 0, 0, cv::INTER_AREA);
    region = region > 0;
    cv::dilate(region, rim, cv::Mat());
    small.setTo(cv::Scalar(255, 44, 120), rim & ~region);
  }
  return small;
}

std::string jpeg(const cv::Mat& rgb) {
  cv::Mat swapped;
  cv::cvtColor(rgb, swapped, cv::COLOR_RGB2BGR);
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", swapped, bytes, {cv::IMWRITE_JPEG_QUALITY, 82});
  return {bytes.begin(), bytes.end()};
}

std::string thumbnail(const Image& image, const Mask& mask, int side) {
  return "data:image/jpeg;base64," + base64(jpeg(small_view(image, mask, side)));
}

std::string page_head(const std::string& title, const std::string& facts) {
  return text(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'\"><title>",
      escape_html(title), "</title><style>", kStyle, "</style></head><body>\n<header><h1>",
      escape_html(title), "</h1>", facts, "</header>\n<main>\n");
}

std::string page_foot() { return "</main><footer>Written by unidg.</footer></body></html>\n"; }

std::string bars(const std::string& title, const std::vector<Bar>& rows) {
  constexpr int kWidth = 420, kLabels = 150, kValues = 62, kRow = 20, kTop = 26;
  double most = 1e-12;
  for (const auto& row : rows) most = std::max(most, row.value);
  std::string out = text("<svg role=\"img\" aria-label=\"", escape_html(title), "\" viewBox=\"0 0 ", kWidth,
                         ' ', kTop + kRow * static_cast<int>(rows.size()) + 4, "\"><text x=\"0\" y=\"14\">",
                         escape_html(title), "</text>");
  int y = kTop;
  for (const auto& row : rows) {
    const auto label = row.label.size() <= 20 ? row.label : row.label.substr(0, 19) + "\xE2\x80\xA6";
    const int length = static_cast<int>((kWidth - kLabels - kValues) * row.value / most);
    out += text("<text class=\"end faint\" x=\"", kLabels - 8, "\" y=\"", y + 13, "\"><title>",
                escape_html(row.label), "</title>", escape_html(label), "</text><rect class=\"bar\" x=\"",
                kLabels, "\" y=\"", y + 3, "\" width=\"", std::max(1, length),
                "\" height=\"13\" rx=\"1\"/><text x=\"", kLabels + length + 6, "\" y=\"", y + 13, "\">",
                escape_html(row.shown), "</text>");
    y += kRow;
  }
  return out + "</svg>";
}

}  // namespace unidg::dataset::sets
