#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "unidg/core/error.h"
#include "unidg/core/names.h"

namespace unidg {

using Json = nlohmann::ordered_json;

/// What a field may hold: a predicate and its words for the message.
struct Allowed {
  std::function<bool(const Json&)> accepts;
  std::string words;
};
Allowed any();
Allowed in(double low, double high);  ///< low <= value <= high
Allowed above(double low);            ///< value > low
Allowed one_of(std::vector<std::string> words);

/// Visits every field of a config once: reading JSON, applying `--set key=value`, printing help and echoing
/// the resolved config are the same walk. A config type provides `void fields(FieldVisitor&, T&)`.
class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;

  template <typename T>
  void operator()(const char* name, T& value, const Allowed& allowed, const char* help) {
    Json json = value;
    if (visit(name, json, allowed, help)) {
      try {
        value = json.get<T>();
      } catch (const Json::exception&) {
        refuse(name, json,
               std::is_same_v<T, bool>       ? "true or false"
               : std::is_integral_v<T>       ? "an integer"
               : std::is_floating_point_v<T> ? "a number"
                                             : "another type of value");
      }
    }
  }
  /// A config inside a config; its fields are named `name.field`.
  template <typename T>
  void group(const char* name, T& config) {
    const std::string outer = prefix_;
    prefix_ += std::string(name) + ".";
    fields(*this, config);
    prefix_ = outer;
  }

 protected:
  /// Sees the field's present value; returns true when it put a new one into `value`.
  virtual bool visit(const std::string& name, Json& value, const Allowed& allowed, const char* help) = 0;
  [[noreturn]] void refuse(const std::string& name, const Json& found, const std::string& expected) const;
  std::string prefix_;
};

/// One line of `--help` or of the echoed config.
struct FieldInfo {
  std::string name;
  Json value;
  std::string allowed, help;
};

namespace detail {
class FieldReader : public FieldVisitor {
 public:
  FieldReader(const Json& values, std::string where) : values_(values), where_(std::move(where)) {}
  void finish() const;  ///< refuses keys that no field took

 protected:
  bool visit(const std::string& name, Json& value, const Allowed& allowed, const char* help) override;

 private:
  Json values_;
  std::string where_;
  std::vector<std::string> known_;
};
class FieldLister : public FieldVisitor {
 public:
  std::vector<FieldInfo> list;

 protected:
  bool visit(const std::string& name, Json& value, const Allowed& allowed, const char* help) override;
};
}  // namespace detail

/// Flattens {"a": {"b": 1}} to {"a.b": 1}; arrays stay values.
Json flatten_config(const Json& nested);

/// Applies a JSON object (nested or with dotted keys) to a config.
/// @param where named in errors: the file or "--set".  @throws UsageError for an unknown key (naming the
/// nearest), a value of another type or out of range.
template <typename Config>
void read_fields(Config& config, const Json& values, const std::string& where) {
  detail::FieldReader reader(flatten_config(values), where);
  fields(reader, config);
  reader.finish();
}

template <typename Config>
std::vector<FieldInfo> list_fields(Config config) {
  detail::FieldLister lister;
  fields(lister, config);
  return lister.list;
}

/// The resolved config as one flat JSON object, for run directories and metadata.
template <typename Config>
Json echo_fields(const Config& config) {
  Json out = Json::object();
  for (const auto& field : list_fields(config)) out[field.name] = field.value;
  return out;
}

/// Parses `key=value` (value as JSON where it is JSON, else as a string). @throws UsageError
Json parse_assignment(const std::string& assignment);

/// Strict JSON from text: duplicate keys and trailing text are errors. @throws FormatError naming `where`.
Json parse_json(std::string_view content, const std::string& where);

}  // namespace unidg
