#include "unidg/evaluation/report/published.h"

#include <algorithm>
#include <limits>
#include <sstream>

#include "unidg/core/error.h"

namespace unidg::evaluation::report {

extern const char* const kPublishedJson;  // published.json, made into a source file by CMake

namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

std::vector<std::string> words_at(const Json& json, const char* key) {
  return json.contains(key) ? words_of(json.at(key).get<std::string>()) : std::vector<std::string>{};
}

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

PeerTable peer_table(const Json& json) {
  PeerTable out{json.value("protocol", ""), json.value("source", ""), words_at(json, "keys"), {}};
  for (const Json& row : json.at("rows")) {
    PeerRow peer{row.at("name"), row.value("year", ""), row.value("protocol", out.protocol),
                 row.value("source", out.source), words_at(row, "values")};
    if (peer.values.size() != out.keys.size())
      throw FormatError("published.json: ", peer.name, " has ", peer.values.size(), " values for ",
                        out.keys.size(), " keys");
    out.rows.push_back(std::move(peer));
  }
  return out;
}

}  // namespace

const Published& Published::get() {
  static const Published published(parse_json(kPublishedJson, "published.json"));
  return published;
}

Published::Published(const Json& json) : paper_(json.at("paper")) {
  for (const Json& m : json.at("methods")) methods_.push_back({m.at("id"), m.at("name"), m.at("group")});
  mvtec_ = words_at(json.at("objects"), "mvtec"), visa_ = words_at(json.at("objects"), "visa");
  for (const Json& t : json.at("tables")) {
    PrintedTable table{t.at("table"), t.at("rows"), t.at("columns"), words_at(t, "keys"), {}};
    for (const auto& [key, line] : t.at("values").items()) {
      table.values.emplace_back(key, words_of(line.get<std::string>()));
      if (table.values.back().second.size() != table.keys.size())
        throw FormatError("published.json: table ", table.number, ", row '", key, "' has ",
                          table.values.back().second.size(), " values for ", table.keys.size(), " keys");
    }
    tables_.push_back(std::move(table));
  }
  for (const Json& note : json.at("notes"))
    for (const Json& cells : note.at("cells"))
      notes_.push_back({note.at("text"), cells.at("table"), cells.at("method"), words_at(cells, "metrics"),
                        words_at(cells, "objects")});
  for (const Json& c : json.at("components"))
    components_.push_back(
        {c.at("id"), c.at("name"), c.at("group"), c.at("printed"), c.at("enabled"), c.at("status")});
  for (const Json& t : json.at("times"))
    times_.push_back(
        {t.at("method"), t.at("paradigm"), t.at("resolution"), t.at("iterations"), t.at("seconds")});
  peers_ = peer_table(json.at("peers")), calibration_ = peer_table(json.at("calibration"));
}

std::string Published::printed(const std::string& number, const std::string& method,
                               const std::string& metric, const std::string& object) const {
  const auto value_of = [&](const std::string& axis) {
    if (axis == "method") return method;
    if (axis == "metric") return metric;
    return axis == "object" ? object : method + " " + metric;  // "method metric"
  };
  for (const PrintedTable& table : tables_) {
    if (table.number != number) continue;
    const auto key = std::find(table.keys.begin(), table.keys.end(), value_of(table.columns));
    if (key == table.keys.end()) continue;
    for (const auto& [row, values] : table.values)
      if (row == value_of(table.rows)) return values[static_cast<std::size_t>(key - table.keys.begin())];
  }
  return "-";
}

Cell Published::cell(const std::string& table, const std::string& method, const std::string& metric,
                     const std::string& object) const {
  Cell out = Cell::words(printed(table, method, metric, object));
  if (out.is_missing()) return out;
  for (const Note& note : notes_) {
    const bool applies = note.table == table && note.method == method &&
                         (note.metrics.empty() || contains(note.metrics, metric)) &&
                         (note.objects.empty() || contains(note.objects, object));
    if (applies) out.notes.push_back(note.text);
  }
  return out;
}

Cell Published::mean(const std::string& table, const std::string& method, const std::string& metric,
                     const std::vector<std::string>& objects, int decimals) const {
  double sum = 0;
  std::vector<std::string> notes;
  for (const auto& object : objects) {
    const Cell part = cell(table, method, metric, object);
    if (!part.is_number()) return {};
    sum += part.value();
    for (const auto& note : part.notes)
      if (!contains(notes, note)) notes.push_back(note);
  }
  if (objects.empty()) return {};
  Cell out = Cell::number(sum / static_cast<double>(objects.size()), decimals);
  out.notes = std::move(notes);
  return out;
}

std::vector<PaperMethod> Published::methods_of(const std::string& number) const {
  std::vector<PaperMethod> out;
  for (const PrintedTable& table : tables_) {
    if (table.number != number) continue;
    for (const PaperMethod& method : methods_) {
      const bool is_column = table.columns == "method" && contains(table.keys, method.id);
      const bool is_row = std::any_of(table.values.begin(), table.values.end(), [&](const auto& row) {
        return row.first == method.id || row.first.rfind(method.id + " ", 0) == 0;
      });
      if (is_column || is_row) out.push_back(method);
    }
  }
  return out;
}

}  // namespace unidg::evaluation::report
