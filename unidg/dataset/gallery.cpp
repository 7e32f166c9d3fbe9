#include "unidg/dataset/gallery.h"

#include <cctype>
#include <map>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/dataset/gallery_style.h"

namespace unidg::dataset {
namespace fs = std::filesystem;
namespace {

std::string escaped(const std::string& words) {
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

/// A relative link: every byte outside the unreserved set is percent-coded, so that no name can end the
/// attribute.
std::string link(const std::string& path) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : path) {
    const bool is_plain =
        (c < 128 && std::isalnum(c)) || c == '-' || c == '_' || c == '.' || c == '~' || c == '/';
    if (is_plain)
      out += static_cast<char>(c);
    else
      out += {'%', digits[c >> 4], digits[c & 15]};
  }
  return out;
}

std::string figure(const std::string& title, const std::string& inner) {
  return "<figure>" + inner + "<figcaption>" + title + "</figcaption></figure>";
}

std::string picture(const std::string& path, const std::string& alt, const cv::Size& size) {
  return text("<img loading=\"lazy\" src=\"", link(path), "\" width=\"", size.width, "\" height=\"",
              size.height, "\" alt=\"", escaped(alt), "\">");
}

/// The mask as a tint over a picture; an inline SVG, so that it works from a folder without a server.
std::string marked(const std::string& path, const std::string& mask, const cv::Size& size,
                   const std::string& alt, const std::string& id) {
  return text("<svg role=\"img\" aria-label=\"", escaped(alt), "\" viewBox=\"0 0 ", size.width, ' ',
              size.height, "\"><mask id=\"", id, "\"><image href=\"", link(mask), "\" width=\"", size.width,
              "\" height=\"", size.height, "\"/></mask><image href=\"", link(path), "\" width=\"", size.width,
              "\" height=\"", size.height, "\"/><rect class=\"tint\" width=\"", size.width, "\" height=\"",
              size.height, "\" mask=\"url(#", id, ")\"/></svg>");
}

std::string zoomed(const std::string& path, const cv::Size& size, const cv::Rect& window,
                   const std::string& alt) {
  return text("<svg class=\"zoom\" role=\"img\" aria-label=\"", escaped(alt), "\" viewBox=\"", window.x, ' ',
              window.y, ' ', window.width, ' ', window.height, "\"><image href=\"", link(path), "\" width=\"",
              size.width, "\" height=\"", size.height, "\"/></svg>");
}

struct Caption {
  std::string type, object, words;
};

Caption read_caption(const fs::path& folder, const ManifestEntry& entry) {
  Caption out;
  if (entry.caption.empty()) return out;
  const std::string where = (folder / entry.caption).string();
  const Json json = parse_json(read_file(folder / entry.caption), where);
  const auto field = [&](const char* level, const char* name) -> std::string {
    const auto list = json.find(level);
    if (list == json.end() || !list->is_array() || list->empty() || !list->front().is_object()) return "";
    const auto value = list->front().find(name);
    return value != list->front().end() && value->is_string() ? value->get<std::string>() : "";
  };
  out.type = field("defect-level", "type"), out.object = field("image-level", "foreground-object");
  for (const char* name : {"size", "shape", "direction", "width", "contrast", "location"}) {
    std::string word = field("defect-level", name);
    if (word.empty()) continue;
    if (std::string(name) == "contrast") word += " contrast";
    if (std::string(name) == "width" && word == "medium") word += " width";
    if (std::string(name) == "location") word = "at " + word;
    out.words += (out.words.empty() ? "" : ", ") + word;
  }
  return out;
}

std::string card(const fs::path& folder, const ManifestEntry& entry, int number) {
  const Caption caption = read_caption(folder, entry);
  std::string title = caption.type.empty() ? "defect" : caption.type;
  if (!caption.object.empty()) title += " on " + caption.object;
  std::string out = text("<article class=\"card\" data-type=\"", escaped(caption.type), "\" data-status=\"",
                         entry.status, "\" id=\"", escaped(entry.id), "\"><header><h2>", escaped(title),
                         "</h2><span class=\"badge ", entry.status, "\">", entry.status, "</span></header>");
  if (!entry.reason.empty()) out += "<p class=\"reason\">" + escaped(entry.reason) + "</p>";
  if (!entry.abnormal.empty()) {
    const Mask mask = load_mask(folder / entry.mask);
    const cv::Size size(mask.width(), mask.height());
    const auto& before = entry.normal.empty() ? entry.abnormal : entry.normal;
    out += text("<div class=\"compare\" style=\"aspect-ratio:", size.width, "/", size.height, "\">",
                picture(before, "source", size), picture(entry.abnormal, "result: " + title, size),
                "<input type=\"range\" min=\"0\" max=\"100\" value=\"0\" aria-label=\"Share of the source "
                "shown, item ",
                number, "\"><span class=\"edge\" aria-hidden=\"true\"></span></div>");
    out += "<div class=\"strip\">";
    if (!entry.reference.empty()) {
      const Mask shown = load_mask(folder / entry.reference_mask);
      out +=
          figure("reference", marked(entry.reference, entry.reference_mask, {shown.width(), shown.height()},
                                     "reference with its defect marked", text("r", number)));
    }
    if (!entry.normal.empty()) out += figure("source", picture(entry.normal, "source", size));
    out += figure("mask", picture(entry.mask, "mask", size));
    out += figure("result", picture(entry.abnormal, "result", size));
    if (!mask.is_empty())
      out += figure("zoom", zoomed(entry.abnormal, size, zoom_window(mask), "the defect, enlarged"));
    out += "</div>";
  }
  if (!caption.words.empty()) out += "<p>" + escaped(caption.words) + "</p>";
  out += text("<p class=\"facts\"><code>", escaped(entry.id), "</code> &middot; seed ", entry.seed,
              " &middot; ", entry.steps, " steps &middot; ", escaped(entry.model), "</p></article>\n");
  return out;
}

std::string page_name(int page) { return page == 1 ? "index.html" : text("index-", page, ".html"); }

std::string pager(int page, int pages) {
  if (pages == 1) return "";
  std::string out = "<nav aria-label=\"Pages\">";
  for (int i = 1; i <= pages; ++i)
    out += i == page ? text("<strong aria-current=\"page\">", i, "</strong> ")
                     : text("<a href=\"", page_name(i), "\">", i, "</a> ");
  return out + "</nav>";
}

}  // namespace

std::string gallery_page(const fs::path& folder, const std::vector<ManifestEntry>& entries, int page,
                         int pages, const GalleryConfig& config) {
  std::map<std::string, int> statuses;
  for (const auto& entry : entries) ++statuses[entry.status];
  std::string counts;
  for (const auto& [status, count] : statuses) counts += text(" &middot; ", count, " ", status);

  const std::size_t first = static_cast<std::size_t>(page - 1) * static_cast<std::size_t>(config.page_items);
  const std::size_t last = std::min(entries.size(), first + static_cast<std::size_t>(config.page_items));
  std::string cards;
  for (std::size_t i = first; i < last; ++i) cards += card(folder, entries[i], static_cast<int>(i) + 1);

  return text(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self' file: "
      "data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
      "<title>",
      escaped(config.title), "</title><style>", kGalleryStyle,
      "</style></head><body>\n<a class=\"skip\" href=\"#items\">Skip to the pictures</a><header "
      "class=\"top\"><h1>",
      escaped(config.title), "</h1><p>", entries.size(), " pictures", counts,
      " &middot; <a href=\"contact_sheet.png\">contact sheet</a> &middot; <a "
      "href=\"manifest.jsonl\">manifest</a></p>"
      "<div class=\"tools\"><label>Defect <select id=\"type\"><option "
      "value=\"\">all</option></select></label> <label>Status <select id=\"status\"><option "
      "value=\"\">all</option></select></label>"
      " <label><span>Compare all</span> <input id=\"all\" type=\"range\" min=\"0\" max=\"100\" "
      "value=\"0\"></label> <output id=\"shown\" aria-live=\"polite\"></output></div>",
      pager(page, pages), "</header>\n<main id=\"items\">\n", cards, "</main>", pager(page, pages),
      "<footer>Pictures marked as results were made by a generative model; their files say "
      "so.</footer><script>",
      kGalleryScript, "</script></body></html>\n");
}

fs::path write_gallery(const fs::path& folder, const GalleryConfig& config) {
  const auto entries = read_manifest(folder);
  save_png(folder / "contact_sheet.png", contact_sheet(folder, entries, config));
  const int pages =
      std::max(1, static_cast<int>((entries.size() + static_cast<std::size_t>(config.page_items) - 1) /
                                   static_cast<std::size_t>(config.page_items)));
  for (int page = 1; page <= pages; ++page)
    write_file_atomic(folder / page_name(page), gallery_page(folder, entries, page, pages, config));
  return folder / "index.html";
}

}  // namespace unidg::dataset
