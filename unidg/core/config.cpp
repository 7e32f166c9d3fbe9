#include "unidg/core/config.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace unidg {

Allowed any() {
  return {[](const Json&) { return true; }, ""};
}
Allowed in(double low, double high) {
  return {[=](const Json& v) { return v.is_number() && v.get<double>() >= low && v.get<double>() <= high; },
          text("a number in [", low, ", ", high, "]")};
}
Allowed above(double low) {
  return {[=](const Json& v) { return v.is_number() && v.get<double>() > low; },
          text("a number above ", low)};
}
Allowed one_of(std::vector<std::string> words) {
  std::string list;
  for (const auto& word : words) list += (list.empty() ? "" : " | ") + word;
  return {[words = std::move(words)](const Json& v) {
            return v.is_string() &&
                   std::find(words.begin(), words.end(), v.get<std::string>()) != words.end();
          },
          list};
}

void FieldVisitor::refuse(const std::string& name, const Json& found, const std::string& expected) const {
  throw UsageError("config field '", prefix_, name, "' is ", found.dump(), " but must be ", expected);
}

namespace detail {

bool FieldReader::visit(const std::string& name, Json& value, const Allowed& allowed, const char*) {
  const std::string full = prefix_ + name;
  known_.push_back(full);
  const auto found = values_.find(full);
  if (found == values_.end()) return false;
  Json given = *found;
  // "--set steps=8" and "steps": 8.0 both mean the integer 8.
  if (value.is_number_integer() && given.is_number_float() &&
      given.get<double>() == std::floor(given.get<double>()))
    given = static_cast<std::int64_t>(given.get<double>());
  if (value.is_string() && !given.is_string() && !given.is_structured()) given = given.dump();
  const bool same_kind = (value.is_boolean() == given.is_boolean()) &&
                         (value.is_string() == given.is_string()) &&
                         (value.is_number_integer() ? given.is_number_integer() : true) &&
                         (value.is_number() == given.is_number()) && (value.is_array() == given.is_array());
  if (!same_kind || !allowed.accepts(given))
    throw UsageError(where_, ": '", full, "' is ", given.dump(), " but must be ",
                     allowed.words.empty() ? text("like its default ", value.dump()) : allowed.words);
  value = given;
  return true;
}

void FieldReader::finish() const {
  for (const auto& [key, value] : values_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const auto near = closest(key, known_);
    throw UsageError(where_, ": unknown key '", key, "'",
                     near.empty() ? "" : text(" (did you mean '", near, "'?)"));
  }
}

bool FieldLister::visit(const std::string& name, Json& value, const Allowed& allowed, const char* help) {
  list.push_back({prefix_ + name, value, allowed.words, help});
  return false;
}

}  // namespace detail

Json flatten_config(const Json& nested) {
  if (!nested.is_object()) throw UsageError("a config must be a JSON object, found ", nested.type_name());
  Json flat = Json::object();
  for (const auto& [key, value] : nested.items()) {
    if (!value.is_object()) {
      flat[key] = value;
      continue;
    }
    const Json inner = flatten_config(value);
    for (const auto& [inner_key, inner_value] : inner.items()) flat[key + "." + inner_key] = inner_value;
  }
  return flat;
}

Json parse_assignment(const std::string& assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UsageError("--set ", assignment, ": expected key=value");
  const std::string value = assignment.substr(equals + 1);
  Json parsed = Json::parse(value, nullptr, false);
  Json out = Json::object();
  out[assignment.substr(0, equals)] = parsed.is_discarded() ? Json(value) : parsed;
  return out;
}

Json parse_json(std::string_view content, const std::string& where) {
  std::vector<std::set<std::string>> open;
  std::string duplicate;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > 64) throw FormatError(where, ": JSON nested deeper than 64 levels");
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key && !open.empty() &&
        !open.back().insert(parsed.get<std::string>()).second)
      duplicate = parsed.get<std::string>();
    return true;
  };
  Json out;
  try {
    out = Json::parse(content.begin(), content.end(), watch);
  } catch (const Json::exception& error) {
    throw FormatError(where, ": not valid JSON: ", error.what());
  }
  if (!duplicate.empty()) throw FormatError(where, ": the key '", duplicate, "' appears twice");
  return out;
}

}  // namespace unidg
