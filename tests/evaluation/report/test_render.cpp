#include <gmock/gmock.h>

#include <regex>

#include "evaluation/report/run_folder.h"
#include "unidg/evaluation/report/render.h"
#include "unidg/evaluation/report/report.h"

namespace unidg::evaluation::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string replaced(std::string words, const std::string& pattern, const std::string& by = " ") {
  return std::regex_replace(words, std::regex(pattern), by);
}

std::vector<std::string> lines_of(const std::string& words) {
  std::vector<std::string> out;
  std::istringstream in(words);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> out(1);
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == separator && (i == 0 || line[i - 1] != '\\'))
      out.emplace_back();
    else
      out.back() += line[i];
  return out;
}

/// Every number in plain words, in order.
std::vector<double> numbers_in(const std::string& words) {
  std::vector<double> out;
  const std::regex number("(^|[^A-Za-z0-9_.,-])(-?[0-9]+(\\.[0-9]+)?)(?=$|[^A-Za-z0-9_.-])");
  for (std::sregex_iterator at(words.begin(), words.end(), number), end; at != end; ++at)
    out.push_back(std::stod((*at)[2]));
  return out;
}

// What the five formats say about one table: value, low and high of every cell that is a number, in order.
std::vector<double> from_json(const Table& table) {
  std::vector<double> out;
  const Json json = to_json(table);
  for (const Json& row : json["rows"])
    for (const Json& cell : row["cells"])
      for (const char* key : {"value", "low", "high"})
        if (cell.contains(key) && cell[key].is_number()) out.push_back(cell[key].get<double>());
  return out;
}

std::vector<double> from_csv(const Table& table) {
  std::vector<double> out;
  for (const auto& line : lines_of(to_csv(table))) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (const char c : line)
      if (c == '"')
        quoted = !quoted;
      else if (c == ',' && !quoted)
        fields.emplace_back();
      else
        fields.back() += c;
    EXPECT_EQ(fields.size(), 11U) << line;
    for (const std::size_t i : {5U, 6U, 7U}) {
      Cell cell;
      cell.shown = fields[i];
      if (cell.is_number()) out.push_back(cell.value());
    }
  }
  return out;
}

/// Numbers of cells written in a markup that has been stripped; cells of words are left out.
std::vector<double> from_cells(const Table& table, const std::vector<std::vector<std::string>>& rows) {
  std::vector<double> out;
  EXPECT_EQ(rows.size(), table.rows.size());
  for (std::size_t r = 0; r < std::min(rows.size(), table.rows.size()); ++r) {
    EXPECT_EQ(rows[r].size(), table.columns.size());
    for (std::size_t c = 0; c < std::min(rows[r].size(), table.columns.size()); ++c)
      if (table.rows[r].cells[c].is_number())
        for (const double number : numbers_in(rows[r][c])) out.push_back(number);
  }
  return out;
}

std::vector<double> from_markdown(const Table& table) {
  std::vector<std::vector<std::string>> rows;
  bool is_body = false;
  for (const auto& line : lines_of(to_markdown(table))) {
    if (line.rfind("|--", 0) == 0) is_body = true;
    if (!is_body || line.rfind("| ", 0) != 0) continue;
    std::string plain = replaced(line, "<sup>[a-z,]*</sup>|\\([+-][0-9.]+%\\)|</?u>|\\*\\*|[\\[\\]]");
    auto fields = split(plain, '|');
    fields.pop_back();
    rows.emplace_back(fields.end() - static_cast<std::ptrdiff_t>(table.columns.size()), fields.end());
  }
  return from_cells(table, rows);
}

std::vector<double> from_latex(const Table& table) {
  std::vector<std::vector<std::string>> rows;
  bool is_body = false;
  for (const auto& line : lines_of(to_latex(table))) {
    if (line == "\\midrule") is_body = true;
    if (line == "\\bottomrule") break;
    if (!is_body || line == "\\midrule" || line.rfind("\\multicolumn", 0) == 0) continue;
    std::string plain =
        replaced(line, "\\\\,\\{\\\\scriptsize [^}]*\\}|\\\\textsuperscript\\{[a-z,]*\\}|\\\\\\\\$");
    plain = replaced(plain, "\\\\[a-z]+|[{}\\[\\]]");
    auto fields = split(plain, '&');
    rows.emplace_back(fields.end() - static_cast<std::ptrdiff_t>(table.columns.size()), fields.end());
  }
  return from_cells(table, rows);
}

std::vector<double> from_html(const Table& table) {
  std::vector<std::vector<std::string>> rows;
  const std::string html = to_html(table), body = html.substr(html.find("<tbody>"));
  for (const auto& line : lines_of(body)) {
    if (line.rfind("<tr", 0) != 0 || line.find("class=\"section\"") != std::string::npos) continue;
    std::vector<std::string> cells;
    const std::regex cell("<td[^>]*>(.*?)</td>");
    for (std::sregex_iterator at(line.begin(), line.end(), cell), end; at != end; ++at)
      cells.push_back(replaced((*at)[1].str(), "<i>[^<]*</i>|<sup>[^<]*</sup>|<[^>]*>"));
    rows.push_back(cells);
  }
  return from_cells(table, rows);
}

TEST(Formats, AgreeOnEveryNumber) {
  const testing::RunFolder folder;
  folder.write_all();
  std::size_t seen = 0;
  const Report report = make_report(folder.path());
  for (const Table* table : report.tables()) {
    const auto json = from_json(*table);
    seen += json.size();
    EXPECT_EQ(from_csv(*table), json) << table->id;
    EXPECT_EQ(from_markdown(*table), json) << table->id;
    EXPECT_EQ(from_latex(*table), json) << table->id;
    EXPECT_EQ(from_html(*table), json) << table->id;
  }
  EXPECT_GT(seen, 500U);
}

TEST(Formats, RowsHaveAsManyCellsAsColumns) {
  const testing::RunFolder folder;
  folder.write_all();
  const Report report = make_report(folder.path());
  std::vector<std::string> ids;
  for (const Table* table : report.tables()) {
    EXPECT_THAT(ids, Not(::testing::Contains(table->id)));
    ids.push_back(table->id);
    for (const Row& row : table->rows) {
      EXPECT_EQ(row.cells.size(), table->columns.size()) << table->id;
      EXPECT_EQ(row.labels.size(), table->label_names.size()) << table->id;
    }
  }
}

Table awkward() {
  Table table;
  table.id = "t", table.title = "100% & <b>|", table.label_names = {"a_b"};
  table.columns = {{"g#1", "x"}, {"g#1", "y"}};
  Cell best = Cell::between(12.34, 11.16, 13.04, 1), words = Cell::words("a, \"b\" | c");
  best.rank = Rank::Best, best.notes = {"5 % off"}, best.change = "+3.0%";
  table.rows = {{"", {"r_1"}, {best, words}}, {"", {"r2"}, {{}, Cell::number(2, 1)}}};
  return table;
}

TEST(Html, EscapesAndMarks) {
  const auto html = to_html(awkward());
  EXPECT_THAT(html, HasSubstr("100% &amp; &lt;b&gt;|"));
  EXPECT_THAT(html, HasSubstr("<b>12.3</b> <i>+3.0%</i><sup>a</sup><small>11.2 to 13.0</small>"));
  EXPECT_THAT(html, HasSubstr("<li>5 % off</li>"));
  EXPECT_THAT(html, HasSubstr("class=\"n none g\">-</td>"));
}

TEST(Latex, EscapesAndMarks) {
  const auto latex = to_latex(awkward());
  EXPECT_THAT(latex, HasSubstr("100\\% \\& \\textless{}b\\textgreater{}|"));
  EXPECT_THAT(latex, HasSubstr("r\\_1 & \\textbf{12.3}\\,{\\scriptsize +3.0\\%}\\textsuperscript{a} "
                               "{\\scriptsize [11.2, 13.0]}"));
  EXPECT_THAT(latex, HasSubstr("\\multicolumn{2}{c}{g\\#1}"));
  EXPECT_THAT(latex, HasSubstr("\\cmidrule(lr){2-3}"));
}

TEST(Markdown, EscapesAndMarks) {
  const auto markdown = to_markdown(awkward());
  EXPECT_THAT(markdown, HasSubstr("| r\\_1 | **12.3** (+3.0%)<sup>a</sup> [11.2, 13.0] | a, \"b\" \\| c |"));
  EXPECT_THAT(markdown, HasSubstr("| r2 | - | 2.0 |"));
  EXPECT_THAT(markdown, HasSubstr("<sup>a</sup> 5 % off"));
}

TEST(Csv, QuotesAndLeavesMissingEmpty) {
  const auto csv = to_csv(awkward());
  EXPECT_THAT(csv, HasSubstr("t,,r_1,g#1,x,12.3,11.2,13.0,+3.0%,best,5 % off\r\n"));
  EXPECT_THAT(csv, HasSubstr("\"a, \"\"b\"\" | c\""));
  EXPECT_THAT(csv, HasSubstr("t,,r2,g#1,x,,,,,,\r\n"));
}

TEST(JsonOfTables, MissingIsNull) {
  const Json rows = to_json(awkward())["rows"];
  EXPECT_TRUE(rows[1]["cells"][0]["value"].is_null());
  EXPECT_EQ(rows[0]["cells"][0]["value"], 12.3);
  EXPECT_EQ(rows[0]["cells"][0]["rank"], "best");
}

}  // namespace
}  // namespace unidg::evaluation::report
