#pragma once
#include <string>
#include <vector>

#include "unidg/core/config.h"

/// Tables, plots and pages from stored results; nothing here computes a score.
namespace unidg::evaluation::report {

/// A number as every format shows it: rounded here and nowhere else. "-" for NaN and infinities.
std::string fixed(double value, int decimals);

enum class Rank { None, Best, Second };

/// One cell. Everything is text that was rounded once, so that no two formats can disagree.
struct Cell {
  std::string shown = "-";         ///< a number, words, or "-" for missing
  std::string low, high;           ///< what the table's caption says they are; "" = none
  std::string change;              ///< "+11.2%" against the row that the caption names; "" = none
  std::vector<std::string> notes;  ///< footnotes
  Rank rank = Rank::None;

  static Cell number(double value, int decimals);
  static Cell between(double value, double low, double high, int decimals);
  static Cell words(std::string text);
  bool is_missing() const { return shown == "-"; }
  bool is_number() const;
  double value() const;  ///< of `shown`; NaN unless it is a number
};

struct Column {
  std::string group, name;  ///< neighbours of one group share a heading
};

struct Row {
  std::string section;              ///< a heading is drawn where it changes; "" = none
  std::vector<std::string> labels;  ///< as many as Table::label_names
  std::vector<Cell> cells;          ///< as many as Table::columns
};

struct Table {
  std::string id;       ///< file- and link-safe
  std::string title;    ///< "Table 12: detection and localisation"
  std::string caption;  ///< what a reader must know to read the cells
  std::vector<std::string> label_names;
  std::vector<Column> columns;
  std::vector<Row> rows;
};

/// Which way a score is good.
enum class Better { Higher, Lower, NearHalf, Unranked };

/// Marks the best and the second best of comparable cells, ties included, on the numbers as shown. Fewer than
/// two numbers, or equal ones, are not ranked.
void rank(const std::vector<Cell*>& cells, Better better);

/// "+11.2%": how far `value` lies above `base`; "" when either is missing or the base is zero.
std::string relative_change(const Cell& value, const Cell& base);

/// The table's footnotes in the order of their first cell; note k is marked by `note_mark(k)`.
std::vector<std::string> footnotes(const Table& table);
std::string note_mark(std::size_t index);  ///< a, b, ... z, aa, ...
/// The marks of one cell, separated by commas; "" when it has none.
std::string marks(const Cell& cell, const std::vector<std::string>& notes);

/// True when the column holds words and no number: it is aligned to the left.
bool is_wordy(const Table& table, std::size_t column);

/// Neighbouring columns of one group.
struct Span {
  std::string group;
  int columns = 0;
};
std::vector<Span> spans(const Table& table);  ///< empty when no column has a group

}  // namespace unidg::evaluation::report
