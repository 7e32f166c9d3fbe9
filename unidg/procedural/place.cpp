#include <algorithm>
#include <cmath>

#include "unidg/core/error.h"
#include "unidg/core/names.h"
#include "unidg/procedural/defects.h"

namespace unidg::procedural {

std::optional<cv::Point2d> place_on(const Surface& surface, double margin, Rng& rng) {
  const cv::Size size = surface.size();
  for (int attempt = 0; attempt < 300; ++attempt) {
    if (attempt % 100 == 99) margin *= 0.6;  // a small product: the defect may reach over its edge
    const cv::Point2d at(rng.uniform(0, size.width), rng.uniform(0, size.height));
    bool fits = true;
    for (int k = 0; k <= 8 && fits; ++k) {
      const double reach = k == 8 ? 0 : margin, angle = k * M_PI / 4;
      const int x = static_cast<int>(at.x + reach * std::cos(angle)),
                y = static_cast<int>(at.y + reach * std::sin(angle));
      fits = x >= 0 && y >= 0 && x < size.width && y < size.height &&
             surface.product.at<std::uint8_t>(y, x) > 127;
    }
    if (fits) return at;
  }
  return std::nullopt;
}

DefectPainter defect_painter(const std::string& name) {
  static const std::vector<std::pair<std::string, DefectPainter>> painters = {
      {"scratch", paint_scratch}, {"crack", paint_crack},   {"cut", paint_cut},
      {"fold", paint_fold},       {"hole", paint_hole},     {"breakage", paint_breakage},
      {"dent", paint_dent},       {"bubble", paint_bubble}, {"stain", paint_stain},
      {"rust", paint_rust},       {"glue", paint_glue},     {"contamination", paint_contamination},
      {"missing", paint_missing}};
  std::vector<std::string> names;
  for (const auto& [known, painter] : painters) {
    if (known == name) return painter;
    names.push_back(known);
  }
  std::string list;
  for (const auto& known : names) list += (list.empty() ? "" : ", ") + known;
  const std::string near = closest(name, names);
  throw UsageError("unknown defect '", name, "'", near.empty() ? "" : ", did you mean '" + near + "'",
                   "; known: ", list);
}

}  // namespace unidg::procedural
