#include "unidg/dataset/mmad/words.h"

#include <cmath>

#include "unidg/dataset/caption.h"

namespace unidg::dataset::mmad {
namespace {

std::string field(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string sentence(std::string words) {
  if (!words.empty() && words.back() != '.') words += '.';
  return words;
}

std::string defect_words(const Json& defect) {
  static constexpr const char* kFields[] = {"shape", "direction", "contrast", "color",    "material", "size",
                                            "width", "depth",     "edge",     "severity", "location"};
  std::string known;
  for (const auto* name : kFields)
    if (const auto value = field(defect, name); !value.empty())
      known += (known.empty() ? "" : ", ") + std::string(name) + " " + value;
  const auto type = field(defect, "type");
  std::string out = type.empty() ? known : known.empty() ? type : type + ": " + known;
  out = sentence(out);
  if (const auto summary = field(defect, "summary"); !summary.empty())
    out += (out.empty() ? "" : " ") + sentence(summary);
  return out;
}

}  // namespace

std::string place_words(const Mask& mask) {
  const auto measures = measure(mask);
  const auto percent = [](int part, int whole) { return text(std::lround(100.0 * part / whole), " %"); };
  const auto& box = measures.box;
  const double share = std::round(1000 * measures.area_ratio) / 10;
  return text(measures.location, ": from ", percent(box.x, mask.width()), " to ",
              percent(box.x + box.width, mask.width()), " of the width and from ",
              percent(box.y, mask.height()), " to ", percent(box.y + box.height, mask.height()),
              " of the height, ", share < 0.1 ? "less than 0.1" : text(share), " % of the picture");
}

std::string caption_words(const Json& caption) {
  if (!caption.is_object()) return "";
  std::string out;
  if (const auto defects = caption.find("defect-level"); defects != caption.end()) {
    for (const auto& defect : defects->is_array() ? *defects : Json::array({*defects}))
      if (defect.is_object())
        if (const auto words = defect_words(defect); !words.empty()) out += (out.empty() ? "" : " ") + words;
  }
  if (const auto summary = field(caption, "summary"); !summary.empty())
    out += (out.empty() ? "" : " ") + sentence(summary);
  return out;
}

}  // namespace unidg::dataset::mmad
