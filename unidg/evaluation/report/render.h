#pragma once
#include <string>
#include <vector>

#include "unidg/evaluation/report/table.h"

namespace unidg::evaluation::report {

/// One table as `<figure>` with caption and footnotes; best bold, second underlined.
std::string to_html(const Table& table);

/// One table environment in booktabs style; needs `booktabs` and `graphicx`.
std::string to_latex(const Table& table);

/// A GitHub pipe table with heading, caption and footnotes.
std::string to_markdown(const Table& table);

/// One line a cell (RFC 4180): table, section, row, group, column, value, low, high, change, rank, notes. A
/// missing value is an empty field.
std::string csv_header();
std::string to_csv(const Table& table);

/// Numbers as JSON numbers, missing ones as null, words as strings.
Json to_json(const Table& table);

std::string escape_html(const std::string& words);
std::string escape_latex(const std::string& words);

}  // namespace unidg::evaluation::report
