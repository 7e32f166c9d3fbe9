#include <set>

#include "unidg/dataset/sets/set_folder.h"

namespace unidg::dataset::sets {
namespace {

Json or_null(const std::string& words) { return words.empty() ? Json(nullptr) : Json(words); }

/// Takes fields out of one object and knows which ones were taken.
class Fields {
 public:
  Fields(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json.is_object()) throw FormatError(where_, ": expected one JSON object a line");
  }
  const Json* find(const char* name) {
    taken_.insert(name);
    const auto found = json_.find(name);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }
  std::string words(const char* name) {
    const auto* value = find(name);
    if (!value) return "";
    if (!value->is_string()) refuse(name, *value, "a string");
    return value->get<std::string>();
  }
  std::string required(const char* name) {
    const auto out = words(name);
    if (out.empty()) throw FormatError(where_, ": field '", name, "' is missing");
    return out;
  }
  std::string path(const char* name) {
    const auto out = words(name);
    const std::filesystem::path parts(out);
    bool leaves =
        parts.is_absolute() || out.find('\\') != std::string::npos || out.find('\0') != std::string::npos;
    for (const auto& part : parts) leaves = leaves || part == "..";
    if (leaves) refuse(name, out, "a path inside the set's folder");
    return out;
  }
  std::int64_t whole(const char* name) {
    const auto* value = find(name);
    if (!value) return 0;
    if (!value->is_number_integer() || value->get<std::int64_t>() < 0)
      refuse(name, *value, "an integer from 0");
    return value->get<std::int64_t>();
  }
  Json rest() const {
    Json out = Json::object();
    for (const auto& [name, value] : json_.items())
      if (!taken_.count(name)) out[name] = value;
    return out;
  }
  [[noreturn]] void refuse(const char* name, const Json& found, const std::string& expected) const {
    throw FormatError(where_, ": field '", name, "' is ", found.dump(), ", expected ", expected);
  }

 private:
  const Json& json_;
  std::string where_;
  std::set<std::string> taken_;
};

}  // namespace

Json to_json(const SetEntry& e) {
  Json out = {{"id", e.id},
              {"abnormal", or_null(e.abnormal)},
              {"normal", or_null(e.normal)},
              {"mask", or_null(e.mask)},
              {"caption", or_null(e.caption)},
              {"source", e.source},
              {"object", e.object},
              {"type", e.type},
              {"category", e.category ? Json(*e.category) : Json(nullptr)},
              {"category_map", e.category_map},
              {"domain", e.domain},
              {"licence", e.licence},
              {"part", e.part},
              {"split", e.split},
              {"mask_kind", e.mask_kind},
              {"origin", e.origin},
              {"width", e.width},
              {"height", e.height},
              {"mask_area", e.mask_area},
              {"sha256", e.sha256}};
  if (!e.normal_sha256.empty()) out["normal_sha256"] = e.normal_sha256;
  for (const auto& part : e.parts) out["parts"].push_back({{"type", part.type}, {"counts", part.counts}});
  for (const auto& [name, value] : e.other.items()) out[name] = value;
  return out;
}

SetEntry set_entry_from_json(const Json& json, const std::string& where) {
  Fields from(json, where);
  SetEntry out;
  out.id = from.required("id");
  out.abnormal = from.path("abnormal"), out.normal = from.path("normal"), out.mask = from.path("mask");
  out.caption = from.path("caption");
  if (out.abnormal.empty() && out.normal.empty())
    throw FormatError(where, ": neither 'abnormal' nor 'normal' names a picture");
  if (!out.abnormal.empty() && out.mask.empty()) throw FormatError(where, ": 'abnormal' without 'mask'");
  out.source = from.words("source"), out.object = from.words("object"), out.type = from.required("type");
  if (const auto* category = from.find("category")) {
    if (!category->is_number_integer() || *category < 0 || *category > 28)
      from.refuse("category", *category, "0 to 28 or null");
    out.category = category->get<int>();
  }
  out.category_map = from.words("category_map"), out.domain = from.words("domain");
  out.licence = from.words("licence"), out.part = from.words("part"), out.split = from.words("split");
  if (const auto kind = from.words("mask_kind"); !kind.empty()) out.mask_kind = kind;
  if (const auto origin = from.words("origin"); !origin.empty()) out.origin = origin;
  out.width = static_cast<int>(from.whole("width")), out.height = static_cast<int>(from.whole("height"));
  out.mask_area = from.whole("mask_area");
  out.sha256 = from.words("sha256"), out.normal_sha256 = from.words("normal_sha256");
  if (const auto* parts = from.find("parts")) {
    if (!parts->is_array()) from.refuse("parts", *parts, "a list");
    for (const auto& part : *parts) {
      Fields fields(part, where + ": parts");
      out.parts.push_back({fields.required("type"), fields.words("counts")});
    }
  }
  out.other = from.rest();
  return out;
}

}  // namespace unidg::dataset::sets
