#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "unidg/evaluation/report/pictures.h"
#include "unidg/evaluation/report/run.h"
#include "unidg/evaluation/report/table.h"

namespace unidg::evaluation::report {

/// A run folder, read and made into tables. report.html, report.csv, report.json, report.tex and report.md
/// show the same rounded numbers.
struct Report {
  Run run;
  Table overview;  ///< a generator a row, the scores that matter
  std::vector<Table> paper, own, costs, protocol, peers;
  std::vector<Sample> samples;
  std::vector<WorstPicture> worst;
  std::vector<std::string> warnings;

  std::vector<const Table*> tables() const;  ///< all, in the order of the page
};

/// @param paired generator that is subtracted from (paired.h); empty: the first model of ours
/// @throws as `read_run`, `paired_table`
Report make_report(const std::filesystem::path& run, const SampleLimits& limits = {},
                   const std::string& paired = "");

std::string html_page(const Report& report);  ///< self-contained: style, plots and pictures inside
std::string latex_file(const Report& report);
std::string markdown_file(const Report& report);
std::string csv_file(const Report& report);
Json json_file(const Report& report);

/// Writes the five files. @returns the path of report.html
std::filesystem::path write_report(const Report& report, const std::filesystem::path& out);

}  // namespace unidg::evaluation::report
