#include <map>

#include "unidg/core/error.h"
#include "unidg/evaluation/report/render.h"

namespace unidg::evaluation::report {
namespace {

std::string cell_latex(const Cell& cell, const std::vector<std::string>& notes) {
  std::string value = escape_latex(cell.shown);
  if (cell.rank == Rank::Best) value = "\\textbf{" + value + "}";
  if (cell.rank == Rank::Second) value = "\\underline{" + value + "}";
  if (!cell.change.empty()) value += "\\,{\\scriptsize " + escape_latex(cell.change) + "}";
  const std::string mark = marks(cell, notes);
  if (!mark.empty()) value += "\\textsuperscript{" + mark + "}";
  if (!cell.low.empty()) value += " {\\scriptsize [" + cell.low + ", " + cell.high + "]}";
  return value;
}

}  // namespace

std::string escape_latex(const std::string& words) {
  static const std::map<char, std::string> escapes = {{'&', "\\&"},
                                                      {'%', "\\%"},
                                                      {'$', "\\$"},
                                                      {'#', "\\#"},
                                                      {'_', "\\_"},
                                                      {'{', "\\{"},
                                                      {'}', "\\}"},
                                                      {'~', "\\textasciitilde{}"},
                                                      {'^', "\\textasciicircum{}"},
                                                      {'\\', "\\textbackslash{}"},
                                                      {'<', "\\textless{}"},
                                                      {'>', "\\textgreater{}"}};
  std::string out;
  for (const char c : words) {
    const auto escape = escapes.find(c);
    escape == escapes.end() ? out += c : out += escape->second;
  }
  return out;
}

std::string to_latex(const Table& table) {
  const auto notes = footnotes(table);
  const auto groups = spans(table);
  const std::size_t labels = table.label_names.size(), width = labels + table.columns.size();
  std::string alignment(labels, 'l');
  for (std::size_t i = 0; i < table.columns.size(); ++i) alignment += is_wordy(table, i) ? 'l' : 'r';
  std::string out = "\\begin{table}[t]\n\\centering\n\\caption{" + escape_latex(table.title) + ". " +
                    escape_latex(table.caption) + "}\n\\label{tab:" + table.id +
                    "}\n\\resizebox{\\linewidth}{!}{%\n\\begin{tabular}{" + alignment + "}\n\\toprule\n";
  if (!groups.empty()) {
    std::string rules;
    std::size_t at = labels + 1;
    for (std::size_t i = 1; i < labels; ++i) out += " & ";
    for (const Span& span : groups) {
      const std::size_t last = at + static_cast<std::size_t>(span.columns) - 1;
      out += text(" & \\multicolumn{", span.columns, "}{c}{", escape_latex(span.group), "}");
      if (!span.group.empty()) rules += text("\\cmidrule(lr){", at, "-", last, "}");
      at = last + 1;
    }
    out += " \\\\\n" + rules + "\n";
  }
  for (std::size_t i = 0; i < labels; ++i) out += (i == 0 ? "" : " & ") + escape_latex(table.label_names[i]);
  for (const Column& column : table.columns) out += " & " + escape_latex(column.name);
  out += " \\\\\n";
  std::string section;
  bool has_rule = false;
  for (const Row& row : table.rows) {
    if (!has_rule || row.section != section) out += "\\midrule\n";
    has_rule = true;
    if (row.section != section && !row.section.empty())
      out += text("\\multicolumn{", width, "}{c}{\\textit{", escape_latex(row.section), "}} \\\\\n");
    section = row.section;
    for (std::size_t i = 0; i < row.labels.size(); ++i)
      out += (i == 0 ? "" : " & ") + escape_latex(row.labels[i]);
    for (const Cell& cell : row.cells) out += " & " + cell_latex(cell, notes);
    out += " \\\\\n";
  }
  out += "\\bottomrule\n\\end{tabular}}\n";
  if (!notes.empty()) {
    out += "\\par\\smallskip\\begin{minipage}{\\linewidth}\\footnotesize\n";
    for (std::size_t i = 0; i < notes.size(); ++i)
      out += "\\textsuperscript{" + note_mark(i) + "} " + escape_latex(notes[i]) + "\\\\\n";
    out += "\\end{minipage}\n";
  }
  return out + "\\end{table}\n";
}

}  // namespace unidg::evaluation::report
