#include "unidg/evaluation/report/fields_of.h"

#include <algorithm>
#include <cmath>

#include "unidg/core/error.h"
#include "unidg/core/files.h"

namespace unidg::evaluation::report {

FieldsOf::FieldsOf(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
  if (!json_.is_object()) throw FormatError(where_, ": expected a JSON object, found ", json_.type_name());
}

const Json* FieldsOf::find(const char* name) {
  known_.push_back(name);
  const auto found = json_.find(name);
  return found == json_.end() || found->is_null() ? nullptr : &*found;
}

void FieldsOf::refuse(const char* name, const Json& found, const std::string& expected) const {
  throw FormatError(where_, ": field '", name, "' is ", found.dump().substr(0, 80), ", expected ", expected,
                    ". docs/formats.md describes the file.");
}

std::string FieldsOf::text(const char* name) {
  const Json* found = find(name);
  if (!found)
    throw FormatError(where_, ": field '", name, "' is missing. docs/formats.md describes the file.");
  if (!found->is_string()) refuse(name, *found, "text");
  return found->get<std::string>();
}

std::string FieldsOf::text_or(const char* name, std::string other) {
  const Json* found = find(name);
  if (!found) return other;
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::int64_t FieldsOf::integer(const char* name) {
  const Json* found = find(name);
  if (!found)
    throw FormatError(where_, ": field '", name, "' is missing. docs/formats.md describes the file.");
  if (!found->is_number_integer()) refuse(name, *found, "an integer");
  return found->get<std::int64_t>();
}

std::int64_t FieldsOf::integer_or(const char* name, std::int64_t other) {
  return find(name) ? integer(name) : other;
}

std::optional<double> FieldsOf::number(const char* name) {
  const Json* found = find(name);
  if (!found) return std::nullopt;
  if (!found->is_number()) refuse(name, *found, "a number or null");
  return found->get<double>();
}

bool FieldsOf::flag_or(const char* name, bool other) {
  const Json* found = find(name);
  if (!found) return other;
  if (!found->is_boolean()) refuse(name, *found, "true or false");
  return found->get<bool>();
}

std::map<std::string, double> FieldsOf::numbers(const char* name) {
  std::map<std::string, double> out;
  for (const auto& [key, value] : object(name).items()) {
    if (value.is_null()) continue;
    if (!value.is_number()) refuse(name, value, "numbers or null (at '" + key + "')");
    out[key] = value.get<double>();
  }
  return out;
}

std::vector<std::string> FieldsOf::texts(const char* name) {
  std::vector<std::string> out;
  for (const Json& value : list(name)) {
    if (!value.is_string()) refuse(name, value, "texts");
    out.push_back(value.get<std::string>());
  }
  return out;
}

const Json& FieldsOf::object(const char* name) {
  static const Json empty = Json::object();
  const Json* found = find(name);
  if (!found) return empty;
  if (!found->is_object()) refuse(name, *found, "an object");
  return *found;
}

const Json& FieldsOf::list(const char* name) {
  static const Json empty = Json::array();
  const Json* found = find(name);
  if (!found) return empty;
  if (!found->is_array()) refuse(name, *found, "a list");
  return *found;
}

void FieldsOf::finish() const {
  for (const auto& [key, value] : json_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string near = closest(key, known_);
    throw FormatError(where_, ": unknown field '", key, "'", near.empty() ? "" : " (nearest: '" + near + "')",
                      ". Was it written by another version of unidg? docs/formats.md lists the fields.");
  }
}

std::vector<JsonLine> read_json_lines(const std::string& path, std::vector<std::string>& warnings) {
  const std::string content = read_file(path);
  std::vector<JsonLine> out;
  std::size_t start = 0;
  for (int number = 1; start < content.size(); ++number) {
    const std::size_t end = content.find('\n', start);
    const std::string line = content.substr(start, end == std::string::npos ? end : end - start);
    start = end == std::string::npos ? content.size() : end + 1;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = unidg::text(path, ":", number);
    try {
      out.push_back({parse_json(line, where), where});
    } catch (const FormatError&) {
      if (end != std::string::npos) throw;
      warnings.push_back(unidg::text(where, ": the last line is cut short and was left out"));
    }
  }
  return out;
}

}  // namespace unidg::evaluation::report
