#include <map>

#include "unidg/core/error.h"
#include "unidg/evaluation/report/render.h"

namespace unidg::evaluation::report {
namespace {

std::string cell_html(const Cell& cell, const std::vector<std::string>& notes, bool starts_group,
                      bool is_wordy) {
  std::string value = escape_html(cell.shown);
  if (cell.rank == Rank::Best) value = "<b>" + value + "</b>";
  if (cell.rank == Rank::Second) value = "<u>" + value + "</u>";
  if (!cell.change.empty()) value += " <i>" + escape_html(cell.change) + "</i>";
  const std::string mark = marks(cell, notes);
  if (!mark.empty()) value += "<sup>" + mark + "</sup>";
  if (!cell.low.empty()) value += "<small>" + cell.low + " to " + cell.high + "</small>";
  std::string kind = is_wordy || !(cell.is_number() || cell.is_missing()) ? "w" : "n";
  if (cell.is_missing()) kind += " none";
  if (starts_group) kind += " g";
  return "<td class=\"" + kind + "\">" + value + "</td>";
}

constexpr std::size_t kShortName = 9;  // AUROC-I is not broken at its hyphen, a generator's name may be

std::string head_html(const Table& table, const std::vector<bool>& starts) {
  const auto groups = spans(table);
  std::string out = "<thead>";
  if (!groups.empty()) {
    out += "<tr>";
    for (std::size_t i = 0; i < table.label_names.size(); ++i) out += "<td></td>";
    for (const Span& span : groups)
      out += text("<th scope=\"colgroup\" class=\"g\" colspan=\"", span.columns, "\">",
                  escape_html(span.group), "</th>");
    out += "</tr>";
  }
  out += "<tr>";
  for (const auto& label : table.label_names)
    out += "<th scope=\"col\" class=\"l\">" + escape_html(label) + "</th>";
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    out += text("<th scope=\"col\" class=\"", is_wordy(table, i) ? "l" : "n", starts[i] ? " g" : "",
                table.columns[i].name.size() <= kShortName ? " k" : "", "\">",
                escape_html(table.columns[i].name), "</th>");
  return out + "</tr></thead>";
}

}  // namespace

std::string escape_html(const std::string& words) {
  static const std::map<char, std::string> entities = {
      {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
  std::string out;
  for (const char c : words) {
    const auto entity = entities.find(c);
    entity == entities.end() ? out += c : out += entity->second;
  }
  return out;
}

std::string to_html(const Table& table) {
  const auto notes = footnotes(table);
  std::vector<bool> starts(table.columns.size(), false);  // first column of a group
  std::size_t at = 0;
  for (const Span& span : spans(table)) starts[at] = true, at += static_cast<std::size_t>(span.columns);

  std::string out = text(
      "<figure class=\"table\" id=\"", table.id, "\"><figcaption><h3>", escape_html(table.title), "</h3>",
      table.caption.empty() ? "" : "<p>" + escape_html(table.caption) + "</p>",
      "</figcaption><div class=\"scroll\" tabindex=\"0\"><table>", head_html(table, starts), "<tbody>\n");
  std::string section, first_label;
  for (const Row& row : table.rows) {
    if (row.section != section && !row.section.empty()) {
      out += text("<tr class=\"section\"><th scope=\"rowgroup\" colspan=\"",
                  table.label_names.size() + table.columns.size(), "\"><span>", escape_html(row.section),
                  "</span></th></tr>\n");
      first_label.clear();
    }
    section = row.section;
    // A first label that repeats is written once, above a rule.
    const bool repeats = row.labels.size() > 1 && row.labels.front() == first_label;
    first_label = row.labels.empty() ? "" : row.labels.front();
    out += row.labels.size() > 1 && !repeats ? "<tr class=\"first\">" : "<tr>";
    for (std::size_t i = 0; i < row.labels.size(); ++i)
      out += text("<th scope=\"row\"", i == 0 && repeats ? " class=\"again\"" : "", ">",
                  escape_html(row.labels[i]), "</th>");
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      out += cell_html(row.cells[i], notes, starts[i], is_wordy(table, i));
    out += "</tr>\n";
  }
  out += "</tbody></table></div>";
  if (!notes.empty()) {
    out += "<ol class=\"notes\" type=\"a\">";
    for (const auto& note : notes) out += "<li>" + escape_html(note) + "</li>";
    out += "</ol>";
  }
  return out + "</figure>\n";
}

}  // namespace unidg::evaluation::report
