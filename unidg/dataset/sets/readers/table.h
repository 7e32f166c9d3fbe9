#pragma once
#include <functional>
#include <istream>
#include <map>
#include <string>
#include <vector>

namespace unidg::dataset::sets {

/// Fields of one CSV line (RFC 4180: quotes, doubled quotes; a quoted field may not span lines).
std::vector<std::string> csv_fields(const std::string& line);

/// Rows of a CSV file with a header, one in memory at a time.
class CsvFile {
 public:
  /// @throws FormatError when a wanted column is missing from the header
  CsvFile(std::istream& in, std::string where, const std::vector<std::string>& wanted);
  /// The next row by column name; false at the end. Short rows have "" where fields are missing.
  bool next(std::map<std::string, std::string>& row);
  int line() const { return line_; }
  std::string where() const;

 private:
  std::istream& in_;
  std::string file_;
  std::vector<std::string> names_;
  int line_ = 1;
};

}  // namespace unidg::dataset::sets
