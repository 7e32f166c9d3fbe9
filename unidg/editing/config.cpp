#include <cstdlib>

#include "unidg/editing/diptych.h"

namespace unidg::editing {
namespace {

Allowed eq8_or_fixed() {
  return {[](const Json& value) {
            return value.is_string() &&
                   (value == "eq8" || fixed_expansion(value.get<std::string>()).has_value());
          },
          "eq8 or fixed:<side ratio, 1 to 4>"};
}

Allowed multiple_of_16() {
  return {[](const Json& value) {
            return value.is_number_integer() && value >= 16 && value <= 4096 && value.get<int>() % 16 == 0;
          },
          "a multiple of 16 from 16 to 4096"};
}

}  // namespace

std::optional<double> fixed_expansion(const std::string& expand) {
  constexpr const char* kPrefix = "fixed:";
  if (!expand.starts_with(kPrefix)) return std::nullopt;
  const auto number = expand.substr(std::string(kPrefix).size());
  char* end = nullptr;
  const double ratio = std::strtod(number.c_str(), &end);
  if (number.empty() || *end != '\0' || !(ratio >= 1.0 && ratio <= 4.0)) return std::nullopt;
  return ratio;
}

void fields(FieldVisitor& visit, EditingConfig& c) {
  visit("size", c.size, multiple_of_16(), "S of Alg. 1: side of one diptych half, pixels");
  visit("small_area", c.small_area, in(1e-6, 1.0), "T of Eq. 8: a smaller defect is shown with context");
  visit("min_ratio", c.min_ratio, in(0.01, 1.0), "beta of Eq. 8: crop ratio of a vanishing defect");
  visit("dilate_kernel", c.dilate_kernel, in(1, 101), "side of the all-ones element of Alg. 1 line 14");
  visit("dilate_iterations", c.dilate_iterations, in(0, 32), "how often it is applied, at source resolution");
  visit("reference_context", c.reference_context, one_of({"white", "scene"}),
        "what surrounds the reference's defect");
  visit("reference_expand", c.reference_expand, eq8_or_fixed(), "how far the reference's crop grows");
  visit("reference_area", c.reference_area, one_of({"mask", "bbox"}), "the area s of Eq. 8");
  visit("reference_components", c.reference_components, one_of({"all", "largest"}),
        "which parts of the reference mask count");
  visit("mask_resize", c.mask_resize, one_of({"max", "linear"}),
        "max keeps thin defects when a mask shrinks");
  visit("target_zoom", c.target_zoom, one_of({"none", "window", "insert-anything", "auto"}),
        "what the target half shows");
  visit("zoom_context", c.zoom_context, in(1.0, 16.0),
        "window side / longest side of the mask used, at least");
  visit("zoom_min_side", c.zoom_min_side, in(8, 4096), "smallest window, source pixels");
  visit("paste", c.paste, one_of({"masked", "right-half", "crop"}),
        "what of the painted window enters the picture");
  visit("paste_limit", c.paste_limit, one_of({"used", "asked"}), "where the feather reaches 0");
  visit("tone", c.tone, one_of({"ring", "none", "auto"}), "match the window's tone on the kept ring");
  visit("lift", c.lift, one_of({"auto", "defect", "whole"}),
        "what a collage takes of the reference: what differs from its surface, all under the mask, or all "
        "where the two surfaces look the same");
  visit("continues", c.continues, any(),
        "a collage's whole region moves and turns a little, so that the scene's structures go on in it");
}

}  // namespace unidg::editing
