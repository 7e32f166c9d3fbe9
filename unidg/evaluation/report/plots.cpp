#include "unidg/evaluation/report/plots.h"

#include <algorithm>
#include <cmath>

#include "unidg/core/error.h"
#include "unidg/evaluation/report/render.h"
#include "unidg/evaluation/report/summary.h"

namespace unidg::evaluation::report {
namespace {

constexpr double kWidth = 380, kLabels = 132, kValues = 52, kRow = 22, kTop = 26, kBottom = 22;

std::string num(double value) { return fixed(value, 2); }

int colour_class(int colour) { return ((colour % kSeriesColours) + kSeriesColours) % kSeriesColours; }

std::string words(double x, double y, const std::string& text, const std::string& kind) {
  return unidg::text("<text x=\"", num(x), "\" y=\"", num(y), "\" class=\"", kind, "\">", escape_html(text),
                     "</text>");
}

std::string line(double x1, double y1, double x2, double y2, const std::string& kind) {
  return unidg::text("<line x1=\"", num(x1), "\" y1=\"", num(y1), "\" x2=\"", num(x2), "\" y2=\"", num(y2),
                     "\" class=\"", kind, "\"/>");
}

std::string box(double x, double y, double width, double height, const std::string& kind) {
  return unidg::text("<rect x=\"", num(x), "\" y=\"", num(y), "\" width=\"", num(std::max(width, 0.0)),
                     "\" height=\"", num(height), "\" class=\"", kind, "\"/>");
}

/// A label that fits its column; the whole one appears on pointing at it.
std::string row_label(double y, const std::string& label) {
  constexpr std::size_t kFits = 19;
  const std::string shown = label.size() <= kFits ? label : label.substr(0, kFits - 1) + "\xE2\x80\xA6";
  return unidg::text("<text x=\"", num(kLabels - 8), "\" y=\"", num(y), "\" class=\"label\"><title>",
                     escape_html(label), "</title>", escape_html(shown), "</text>");
}

std::string svg(const std::string& title, double width, double height, const std::string& inner) {
  return unidg::text("<svg class=\"plot\" role=\"img\" aria-label=\"", escape_html(title),
                     "\" viewBox=\"0 0 ", num(width), ' ', num(height), "\">", words(0, 14, title, "title"),
                     inner, "</svg>\n");
}

/// A horizontal scale between the label and the value column.
struct Scale {
  double low, high;
  double operator()(double value) const {
    const double part = high > low ? (value - low) / (high - low) : 0;
    return kLabels + std::clamp(part, 0.0, 1.0) * (kWidth - kLabels - kValues);
  }
};

std::string axis(const Scale& x, const std::vector<double>& marks, double bottom) {
  std::string out;
  const double step = marks.size() > 1 ? marks[1] - marks[0] : 1;
  const int decimals = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
  for (const double mark : marks) {
    out += line(x(mark), kTop, x(mark), bottom, "grid");
    out += words(x(mark), bottom + 14, fixed(mark, decimals), "tick");
  }
  return out;
}

}  // namespace

std::vector<double> ticks(double low, double high) {
  if (!(high > low)) high = low + 1;
  const double raw = (high - low) / 4, power = std::pow(10, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0})
    if (factor * power >= raw) step = factor * power;
  std::vector<double> out;
  const auto last = static_cast<int>(std::ceil(high / step - 1e-9));
  for (int i = static_cast<int>(std::floor(low / step + 1e-9)); i <= last; ++i) out.push_back(step * i);
  return out;
}

std::string bar_plot(const std::string& title, const std::vector<Bar>& bars, double origin, int decimals) {
  double low = origin, high = origin;
  for (const Bar& bar : bars) low = std::min(low, bar.low), high = std::max(high, bar.high);
  auto marks = ticks(low, high);
  std::erase_if(marks, [low, origin](double mark) { return low == origin && mark < origin; });
  const Scale x{std::min(low, marks.front()), marks.back()};
  const double bottom = kTop + kRow * static_cast<double>(bars.size());
  std::string out = axis(x, marks, bottom);
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const Bar& bar = bars[i];
    const double middle = kTop + kRow * (static_cast<double>(i) + 0.5);
    const double from = std::min(x(bar.value), x(origin)), to = std::max(x(bar.value), x(origin));
    out += row_label(middle + 4, bar.label);
    out += box(from, middle - 7, to - from, 14, text("bar s", colour_class(bar.colour)));
    if (bar.low < bar.high)
      out += line(x(bar.low), middle, x(bar.high), middle, "range") +
             line(x(bar.low), middle - 4, x(bar.low), middle + 4, "range") +
             line(x(bar.high), middle - 4, x(bar.high), middle + 4, "range");
    out += words(kWidth - kValues + 10, middle + 4, fixed(bar.value, decimals), "value");
  }
  return svg(title, kWidth, bottom + kBottom, out);
}

std::string box_plot(const std::string& title, const std::vector<Points1d>& rows, int decimals) {
  double low = 1e300, high = -1e300;
  for (const Points1d& row : rows)
    for (const double value : row.values) low = std::min(low, value), high = std::max(high, value);
  if (low > high) return "";
  const auto marks = ticks(low, high);
  const Scale x{marks.front(), marks.back()};
  const double bottom = kTop + kRow * static_cast<double>(rows.size());
  std::string out = axis(x, marks, bottom);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double middle = kTop + kRow * (static_cast<double>(i) + 0.5);
    const std::string series = text("s", colour_class(rows[i].colour));
    out += row_label(middle + 4, rows[i].label);
    auto values = rows[i].values;
    const auto summary = summarise(values);
    if (!summary) {
      out += words(kWidth - kValues + 10, middle + 4, "-", "value");
      continue;
    }
    std::sort(values.begin(), values.end());
    const auto quantile = [&](double part) {  // linear between order statistics
      const double at = part * static_cast<double>(values.size() - 1);
      const auto below = static_cast<std::size_t>(at);
      const auto above = std::min(below + 1, values.size() - 1);
      return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
    };
    out += line(x(summary->low), middle, x(summary->high), middle, "whisker");
    if (values.size() >= 4)
      out += box(x(quantile(0.25)), middle - 6, x(quantile(0.75)) - x(quantile(0.25)), 12, "box " + series);
    for (const double value : values)
      out += text("<circle cx=\"", num(x(value)), "\" cy=\"", num(middle), "\" r=\"3.2\" class=\"dot ",
                  series, "\"/>");
    out += line(x(summary->median), middle - 8, x(summary->median), middle + 8, "median");
    out += words(kWidth - kValues + 10, middle + 4, fixed(summary->median, decimals), "value");
  }
  return svg(title, kWidth, bottom + kBottom, out);
}

std::string curve_plot(const std::string& title, const std::string& x_name, const std::string& y_name,
                       const std::vector<Curve>& curves, bool chance) {
  constexpr double kSide = 220, kLeft = 40;
  const double top = kTop, bottom = top + kSide;
  const auto px = [&](double value) { return kLeft + kSide * std::clamp(value, 0.0, 1.0); };
  const auto py = [&](double value) { return bottom - kSide * std::clamp(value, 0.0, 1.0); };
  std::string out;
  for (const double mark : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    out += line(px(mark), top, px(mark), bottom, "grid") + line(px(0), py(mark), px(1), py(mark), "grid");
    if (mark == 0.25 || mark == 0.75) continue;
    out += words(px(mark), bottom + 14, fixed(mark, 1), "tick");
    out += words(kLeft - 6, py(mark) + 4, fixed(mark, 1), "label");
  }
  if (chance) out += line(px(0), py(0), px(1), py(1), "whisker");
  for (const Curve& curve : curves) {
    out += text("<polyline class=\"curve s", colour_class(curve.colour), "\" points=\"");
    for (const auto& [x, y] : curve.points) out += num(px(x)) + "," + num(py(y)) + " ";
    out += "\"><title>" + escape_html(curve.label) + "</title></polyline>";
  }
  out += words(px(0.5), bottom + 29, x_name, "tick");
  out += text("<text transform=\"translate(11 ", num(py(0.5)), ") rotate(-90)\" class=\"tick\">",
              escape_html(y_name), "</text>");
  return svg(title, kLeft + kSide + 12, bottom + 36, out);
}

std::string difference_plot(const std::string& title, const std::vector<Difference>& rows, double limit,
                            int colour) {
  const Scale x{-limit, limit};
  const double bottom = kTop + kRow * static_cast<double>(rows.size());
  std::string out = axis(x, {-limit, 0, limit}, bottom);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double middle = kTop + kRow * (static_cast<double>(i) + 0.5);
    if (std::isnan(rows[i].points)) {
      out += words(0, middle + 4, rows[i].label, "group");
      continue;
    }
    const double from = std::min(x(0), x(rows[i].points)), to = std::max(x(0), x(rows[i].points));
    out += row_label(middle + 4, rows[i].label);
    out += box(from, middle - 6, to - from, 12, text("bar s", colour_class(colour)));
    out += words(kWidth - kValues + 10, middle + 4,
                 (rows[i].points > 0 ? "+" : "") + fixed(rows[i].points, 1), "value");
  }
  out += line(x(0), kTop, x(0), bottom, "zero");
  return svg(title, kWidth, bottom + kBottom, out);
}

}  // namespace unidg::evaluation::report
