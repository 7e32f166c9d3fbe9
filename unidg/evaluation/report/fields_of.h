#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "unidg/core/config.h"

namespace unidg::evaluation::report {

/// The fields of one JSON object that somebody else wrote; it must outlive the reader. Every getter refuses
/// another kind of value, naming `where` and the field; `finish` refuses fields that no getter asked for.
class FieldsOf {
 public:
  FieldsOf(const Json& json, std::string where);
  std::string text(const char* name);                        ///< required
  std::string text_or(const char* name, std::string other);  ///< absent or null: `other`
  std::int64_t integer(const char* name);
  std::int64_t integer_or(const char* name, std::int64_t other);
  std::optional<double> number(const char* name);  ///< nothing when absent or null
  bool flag_or(const char* name, bool other);
  std::map<std::string, double> numbers(const char* name);  ///< name to number; nulls are left out
  std::vector<std::string> texts(const char* name);         ///< empty when absent
  const Json& object(const char* name);                     ///< empty when absent or null
  const Json& list(const char* name);                       ///< empty when absent or null
  void ignore(const char* name) { known_.push_back(name); }
  void finish() const;
  const std::string& where() const { return where_; }
  [[noreturn]] void refuse(const char* name, const Json& found, const std::string& expected) const;

 private:
  const Json* find(const char* name);
  const Json& json_;
  std::string where_;
  std::vector<std::string> known_;
};

/// Objects of a JSON-lines file with the names of their lines ("results.jsonl:3"). Blank lines are skipped; a
/// last line cut short by a crash is left out and told in `warnings`. @throws FormatError naming the line
struct JsonLine {
  Json json;
  std::string where;
};
std::vector<JsonLine> read_json_lines(const std::string& path, std::vector<std::string>& warnings);

}  // namespace unidg::evaluation::report
