#include "unidg/models/hub_config.h"

namespace unidg::models {

HubConfig::HubConfig(Json values, std::string where) : values_(std::move(values)), where_(std::move(where)) {
  if (values_.is_null()) values_ = Json::object();
  if (!values_.is_object())
    throw FormatError(where_, ": a config is a JSON object, found ", values_.type_name(), ".");
}

const Json* HubConfig::find(const std::string& name) const {
  read_->insert(name);
  const auto at = values_.find(name);
  return at == values_.end() || at->is_null() ? nullptr : &*at;
}

void HubConfig::refuse(const std::string& name, const Json& found, const char* expected) const {
  throw FormatError(where_, ": '", name, "' is ", found.dump(), ", expected ", expected,
                    ". Pass the config.json saved beside these weights.");
}

bool HubConfig::has(const std::string& name) const { return find(name) != nullptr; }

std::int64_t HubConfig::integer(const std::string& name, std::int64_t fallback, std::int64_t at_least) const {
  const auto* value = find(name);
  if (!value) return fallback;
  if (!value->is_number_integer() || value->get<std::int64_t>() < at_least)
    refuse(name, *value, at_least > 0 ? "a positive integer" : "an integer that is not negative");
  return value->get<std::int64_t>();
}

double HubConfig::number(const std::string& name, double fallback) const {
  const auto* value = find(name);
  if (!value) return fallback;
  if (!value->is_number()) refuse(name, *value, "a number");
  return value->get<double>();
}

bool HubConfig::flag(const std::string& name, bool fallback) const {
  const auto* value = find(name);
  if (!value) return fallback;
  if (!value->is_boolean()) refuse(name, *value, "true or false");
  return value->get<bool>();
}

std::string HubConfig::word(const std::string& name, const std::string& fallback) const {
  const auto* value = find(name);
  if (!value) return fallback;
  if (!value->is_string()) refuse(name, *value, "a word");
  return value->get<std::string>();
}

std::vector<std::int64_t> HubConfig::integers(const std::string& name,
                                              std::vector<std::int64_t> fallback) const {
  const auto* value = find(name);
  if (!value) return fallback;
  if (!value->is_array()) refuse(name, *value, "a list of positive integers");
  std::vector<std::int64_t> out;
  for (const auto& item : *value) {
    if (!item.is_number_integer() || item.get<std::int64_t>() < 1)
      refuse(name, *value, "a list of positive integers");
    out.push_back(item.get<std::int64_t>());
  }
  return out;
}

std::vector<std::string> HubConfig::words(const std::string& name, std::vector<std::string> fallback) const {
  const auto* value = find(name);
  if (!value) return fallback;
  if (!value->is_array()) refuse(name, *value, "a list of words");
  std::vector<std::string> out;
  for (const auto& item : *value) {
    if (!item.is_string()) refuse(name, *value, "a list of words");
    out.push_back(item.get<std::string>());
  }
  return out;
}

HubConfig HubConfig::inside(const std::string& name) const {
  const auto* value = find(name);
  return value ? HubConfig(*value, where_ + ": " + name) : *this;
}

void HubConfig::ignore(std::initializer_list<const char*> names) const {
  for (const auto* name : names) read_->insert(name);
}

std::vector<std::string> HubConfig::unread() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : values_.items())
    if (!name.starts_with('_') && !read_->contains(name)) out.push_back(name);
  return out;
}

}  // namespace unidg::models
