#include "unidg/chat/answer.h"

namespace unidg::chat {
namespace {

std::optional<Json> object_in(const std::string& candidate) {
  const auto json = Json::parse(candidate, nullptr, /*allow_exceptions=*/false);
  if (json.is_object()) return json;
  return std::nullopt;
}

/// One past the brace that closes the one at `open`; npos when none does. Braces inside strings do not count.
std::size_t end_of_object(const std::string& text, std::size_t open) {
  int depth = 0;
  bool is_string = false;
  for (std::size_t i = open; i < text.size(); ++i) {
    const char c = text[i];
    if (is_string) {
      if (c == '\\') ++i;
      if (c == '"') is_string = false;
    } else if (c == '"') {
      is_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return std::string::npos;
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "number") return value.is_number();
  if (type == "integer") return value.is_number_integer();
  if (type == "boolean") return value.is_boolean();
  return type == "null" && value.is_null();
}

bool has_one_type(const Json& value, const Json& type) {
  if (type.is_string()) return has_type(value, type.get<std::string>());
  for (const auto& one : type)
    if (has_type(value, one.get<std::string>())) return true;
  return false;
}

std::string number_problem(double value, const Json& schema) {
  if (const auto low = schema.find("minimum"); low != schema.end() && value < low->get<double>())
    return text("is ", value, ", below ", *low);
  if (const auto high = schema.find("maximum"); high != schema.end() && value > high->get<double>())
    return text("is ", value, ", above ", *high);
  return "";
}

std::string object_problem(const Json& value, const Json& schema, const std::string& where) {
  const auto required = schema.value("required", Json::array());
  for (const auto& key : required)
    if (!value.contains(key.get<std::string>())) return where + " lacks " + key.dump();
  const auto properties = schema.value("properties", Json::object());
  for (const auto& [key, inner] : properties.items())
    if (const auto found = value.find(key); found != value.end())
      if (auto problem = schema_problem(*found, inner, where + "." + key); !problem.empty()) return problem;
  return "";
}

std::string array_problem(const Json& value, const Json& schema, const std::string& where) {
  if (value.size() < schema.value("minItems", std::size_t{0}) ||
      value.size() > schema.value("maxItems", value.size()))
    return text(where, " has ", value.size(), " items");
  if (schema.contains("items"))
    for (std::size_t i = 0; i < value.size(); ++i)
      if (auto problem = schema_problem(value[i], schema["items"], text(where, "[", i, "]"));
          !problem.empty())
        return problem;
  return "";
}

}  // namespace

std::optional<Json> find_json(const std::string& content) {
  if (auto whole = object_in(content)) return whole;
  for (auto open = content.find('{'); open != std::string::npos;) {
    const auto end = end_of_object(content, open);
    if (end != std::string::npos)
      if (auto inside = object_in(content.substr(open, end - open))) return inside;
    open = content.find('{', open + 1);
  }
  return std::nullopt;
}

std::string schema_problem(const Json& value, const Json& schema, const std::string& where) {
  if (const auto choices = schema.find("anyOf"); choices != schema.end()) {
    std::string problem;
    for (const auto& choice : *choices)
      if ((problem = schema_problem(value, choice, where)).empty()) return "";
    return problem;
  }
  if (const auto type = schema.find("type"); type != schema.end() && !has_one_type(value, *type))
    return where + " is " + value.type_name() + ", expected " + type->dump();
  if (const auto allowed = schema.find("enum"); allowed != schema.end()) {
    for (const auto& one : *allowed)
      if (one == value) return "";
    return where + " is " + value.dump() + ", expected one of " + allowed->dump();
  }
  if (value.is_number()) {
    const auto problem = number_problem(value.get<double>(), schema);
    return problem.empty() ? "" : where + " " + problem;
  }
  if (value.is_object()) return object_problem(value, schema, where);
  if (value.is_array()) return array_problem(value, schema, where);
  return "";
}

}  // namespace unidg::chat
