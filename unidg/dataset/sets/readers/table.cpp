#include "unidg/dataset/sets/readers/table.h"

#include <algorithm>

#include "unidg/core/error.h"

namespace unidg::dataset::sets {
namespace {

bool read_line(std::istream& in, std::string& line) {
  if (!std::getline(in, line)) return false;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

}  // namespace

std::vector<std::string> csv_fields(const std::string& line) {
  std::vector<std::string> out(1);
  bool is_quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      if (is_quoted && i + 1 < line.size() && line[i + 1] == '"')
        out.back() += line[++i];
      else
        is_quoted = !is_quoted;
    } else if (line[i] == ',' && !is_quoted) {
      out.emplace_back();
    } else {
      out.back() += line[i];
    }
  }
  return out;
}

CsvFile::CsvFile(std::istream& in, std::string where, const std::vector<std::string>& wanted)
    : in_(in), file_(std::move(where)) {
  std::string line;
  if (read_line(in_, line)) {
    if (line.rfind("\xEF\xBB\xBF", 0) == 0) line.erase(0, 3);
    names_ = csv_fields(line);
  }
  for (const auto& name : wanted)
    if (std::find(names_.begin(), names_.end(), name) == names_.end())
      throw FormatError(file_, ": no column '", name, "' in the header");
}

bool CsvFile::next(std::map<std::string, std::string>& row) {
  std::string line;
  do {
    ++line_;
    if (!read_line(in_, line)) return false;
  } while (line.empty());
  const auto fields = csv_fields(line);
  row.clear();
  for (std::size_t i = 0; i < names_.size(); ++i) row[names_[i]] = i < fields.size() ? fields[i] : "";
  return true;
}

std::string CsvFile::where() const { return text(file_, ":", line_); }

}  // namespace unidg::dataset::sets
