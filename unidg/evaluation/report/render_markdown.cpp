#include "unidg/evaluation/report/render.h"

namespace unidg::evaluation::report {
namespace {

std::string escape_markdown(const std::string& words) {
  std::string out;
  for (const char c : words) {
    if (std::string("|*_<>\\`").find(c) != std::string::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string cell_markdown(const Cell& cell, const std::vector<std::string>& notes) {
  std::string value = escape_markdown(cell.shown);
  if (cell.rank == Rank::Best) value = "**" + value + "**";
  if (cell.rank == Rank::Second) value = "<u>" + value + "</u>";
  if (!cell.change.empty()) value += " (" + cell.change + ")";
  const std::string mark = marks(cell, notes);
  if (!mark.empty()) value += "<sup>" + mark + "</sup>";
  if (!cell.low.empty()) value += " [" + cell.low + ", " + cell.high + "]";
  return value;
}

}  // namespace

std::string to_markdown(const Table& table) {
  const auto notes = footnotes(table);
  bool has_sections = false;
  for (const Row& row : table.rows) has_sections = has_sections || !row.section.empty();

  std::string out = "## " + escape_markdown(table.title) + "\n\n";
  if (!table.caption.empty()) out += escape_markdown(table.caption) + "\n\n";
  std::string head = "|", rule = "|";
  const auto column = [&](const std::string& name, bool is_number) {
    head += " " + escape_markdown(name) + " |";
    rule += is_number ? "---:|" : "---|";
  };
  if (has_sections) column("", false);
  for (const auto& label : table.label_names) column(label, false);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Column& c = table.columns[i];
    column(c.group.empty() ? c.name : c.group + ": " + c.name, !is_wordy(table, i));
  }
  out += head + "\n" + rule + "\n";
  for (const Row& row : table.rows) {
    out += "|";
    if (has_sections) out += " " + escape_markdown(row.section) + " |";
    for (const auto& label : row.labels) out += " " + escape_markdown(label) + " |";
    for (const Cell& cell : row.cells) out += " " + cell_markdown(cell, notes) + " |";
    out += "\n";
  }
  out += "\n";
  for (std::size_t i = 0; i < notes.size(); ++i)
    out += "<sup>" + note_mark(i) + "</sup> " + escape_markdown(notes[i]) + "  \n";
  return out + (notes.empty() ? "" : "\n");
}

}  // namespace unidg::evaluation::report
