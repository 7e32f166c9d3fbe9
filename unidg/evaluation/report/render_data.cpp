#include "unidg/evaluation/report/render.h"

namespace unidg::evaluation::report {
namespace {

const char* rank_word(Rank rank) {
  return rank == Rank::Best ? "best" : rank == Rank::Second ? "second" : "";
}

std::string joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : between) + part;
  return out;
}

std::string csv_field(const std::string& words) {
  if (words.find_first_of(",\"\r\n") == std::string::npos) return words;
  std::string out = "\"";
  for (const char c : words) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

Json number_or_null(const std::string& shown) {
  Cell cell;
  cell.shown = shown;
  return cell.is_number() ? Json(cell.value()) : Json(nullptr);
}

Json cell_json(const Cell& cell) {
  Json out = {
      {"value", cell.is_missing() || cell.is_number() ? number_or_null(cell.shown) : Json(cell.shown)}};
  if (!cell.low.empty()) out["low"] = number_or_null(cell.low), out["high"] = number_or_null(cell.high);
  if (!cell.change.empty()) out["change"] = cell.change;
  if (cell.rank != Rank::None) out["rank"] = rank_word(cell.rank);
  if (!cell.notes.empty()) out["notes"] = cell.notes;
  return out;
}

}  // namespace

std::string csv_header() { return "table,section,row,group,column,value,low,high,change,rank,notes\r\n"; }

std::string to_csv(const Table& table) {
  std::string out;
  for (const Row& row : table.rows)
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const Cell& cell = row.cells[i];
      const Column& column = table.columns[i];
      const std::vector<std::string> fields = {table.id,
                                               row.section,
                                               joined(row.labels, " | "),
                                               column.group,
                                               column.name,
                                               cell.is_missing() ? "" : cell.shown,
                                               cell.low,
                                               cell.high,
                                               cell.change,
                                               rank_word(cell.rank),
                                               joined(cell.notes, " ")};
      for (std::size_t k = 0; k < fields.size(); ++k) out += (k == 0 ? "" : ",") + csv_field(fields[k]);
      out += "\r\n";
    }
  return out;
}

Json to_json(const Table& table) {
  Json columns = Json::array(), rows = Json::array();
  for (const Column& column : table.columns)
    columns.push_back({{"group", column.group}, {"name", column.name}});
  for (const Row& row : table.rows) {
    Json cells = Json::array();
    for (const Cell& cell : row.cells) cells.push_back(cell_json(cell));
    rows.push_back({{"section", row.section}, {"labels", row.labels}, {"cells", cells}});
  }
  return {{"id", table.id},           {"title", table.title},
          {"caption", table.caption}, {"labels", table.label_names},
          {"columns", columns},       {"rows", rows}};
}

}  // namespace unidg::evaluation::report
