#include "unidg/evaluation/report/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace unidg::evaluation::report {

std::string fixed(double value, int decimals) {
  if (!std::isfinite(value)) return "-";
  char buffer[400];
  std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
  std::string out = buffer;
  const bool is_zero = out.find_first_of("123456789") == std::string::npos;
  return is_zero && out.front() == '-' ? out.substr(1) : out;
}

Cell Cell::number(double value, int decimals) {
  Cell out;
  out.shown = fixed(value, decimals);
  return out;
}

Cell Cell::between(double value, double low, double high, int decimals) {
  Cell out = number(value, decimals);
  if (std::isfinite(low) && std::isfinite(high))
    out.low = fixed(low, decimals), out.high = fixed(high, decimals);
  return out;
}

Cell Cell::words(std::string text) {
  Cell out;
  out.shown = text.empty() ? "-" : std::move(text);
  return out;
}

bool Cell::is_number() const { return std::isfinite(value()); }

double Cell::value() const {
  constexpr std::size_t kLongest = 12;  // a hash of digits alone is no number
  const bool is_plain = shown.size() <= kLongest &&
                        shown.find_first_not_of("-.0123456789") == std::string::npos &&
                        shown.find_first_of("0123456789") != std::string::npos;
  char* end = nullptr;
  const double out = is_plain ? std::strtod(shown.c_str(), &end) : 0;
  return is_plain && *end == '\0' ? out : std::numeric_limits<double>::quiet_NaN();
}

void rank(const std::vector<Cell*>& cells, Better better) {
  if (better == Better::Unranked) return;
  const auto badness = [better](const Cell& cell) {
    const double value = cell.value();
    if (better == Better::Higher) return -value;
    return better == Better::Lower ? value
                                   : std::round(std::abs(value - 50) * 1e6) / 1e6;  // shown in percent
  };
  std::vector<double> values;
  for (const Cell* cell : cells)
    if (cell->is_number()) values.push_back(badness(*cell));
  if (values.size() < 2) return;
  std::sort(values.begin(), values.end());
  const double best = values.front();
  if (best == values.back()) return;
  const auto next = std::upper_bound(values.begin(), values.end(), best);
  for (Cell* cell : cells) {
    if (!cell->is_number()) continue;
    if (badness(*cell) == best)
      cell->rank = Rank::Best;
    else if (next != values.end() && badness(*cell) == *next)
      cell->rank = Rank::Second;
  }
}

std::string relative_change(const Cell& value, const Cell& base) {
  if (!value.is_number() || !base.is_number() || base.value() == 0) return "";
  const std::string percent = fixed(100 * (value.value() / base.value() - 1), 1);
  return (percent.front() == '-' ? "" : "+") + percent + "%";
}

std::vector<std::string> footnotes(const Table& table) {
  std::vector<std::string> out;
  for (const Row& row : table.rows)
    for (const Cell& cell : row.cells)
      for (const auto& note : cell.notes)
        if (std::find(out.begin(), out.end(), note) == out.end()) out.push_back(note);
  return out;
}

std::string note_mark(std::size_t index) {
  std::string out;
  for (std::size_t rest = index + 1; rest > 0; rest = (rest - 1) / 26)
    out.insert(out.begin(), static_cast<char>('a' + (rest - 1) % 26));
  return out;
}

std::string marks(const Cell& cell, const std::vector<std::string>& notes) {
  std::string out;
  for (const auto& note : cell.notes) {
    const auto found = std::find(notes.begin(), notes.end(), note);
    if (found == notes.end()) continue;
    out += (out.empty() ? "" : ",") + note_mark(static_cast<std::size_t>(found - notes.begin()));
  }
  return out;
}

bool is_wordy(const Table& table, std::size_t column) {
  bool has_words = false;
  for (const Row& row : table.rows) {
    const Cell& cell = row.cells[column];
    if (cell.is_number()) return false;
    has_words = has_words || !cell.is_missing();
  }
  return has_words;
}

std::vector<Span> spans(const Table& table) {
  std::vector<Span> out;
  bool has_group = false;
  for (const Column& column : table.columns) {
    has_group = has_group || !column.group.empty();
    if (out.empty() || out.back().group != column.group) out.push_back({column.group, 0});
    ++out.back().columns;
  }
  return has_group ? out : std::vector<Span>{};
}

}  // namespace unidg::evaluation::report
