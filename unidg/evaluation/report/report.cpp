#include "unidg/evaluation/report/report.h"

#include <algorithm>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/evaluation/report/paired.h"
#include "unidg/evaluation/report/render.h"
#include "unidg/evaluation/report/tables.h"

namespace unidg::evaluation::report {
namespace fs = std::filesystem;
namespace {

/// The page's first table: this run alone.
Table overview_of(const Run& run) {
  struct Shown {
    std::string task, score;
  };
  const std::vector<Shown> wanted = {{"localisation", "auroc_image"},
                                     {"localisation", "ap_image"},
                                     {"localisation", "auroc_pixel"},
                                     {"localisation", "ap_pixel"},
                                     {"localisation", "pro"},
                                     {"classification", "accuracy"},
                                     {"multiclass", "miou"},
                                     {"multiclass", "fg_miou"},
                                     {"synthesis", "il"},
                                     {"synthesis", "il_a"},
                                     {"calibration", "f1_pixel"},
                                     {"realism", "defect_accuracy"},
                                     {"judge", "qual"}};
  Table out;
  out.id = "overview", out.title = "Averages of this run";
  out.caption =
      "Averages over the products of this run, median over seeds with the lowest and highest value. Best "
      "bold, second "
      "underlined; a difference inside the ranges is no difference. Defect region (realism): 50 is perfect.";
  out.label_names = {"Generator"};
  for (const auto& generator : run.generators) out.rows.push_back({"", {generator.label}, {}});
  for (const auto& [task, name] : wanted) {
    if (!has_task(run, task)) continue;
    const ScoreInfo info = score_info(name);
    out.columns.push_back({task, info.label});
    const auto products = products_with(run, task, score(name));
    std::vector<Cell*> column;
    for (std::size_t i = 0; i < run.generators.size(); ++i) {
      const std::string& generator = run.generators[i].name;
      const auto values = task == "multiclass"
                              ? over_seeds(run, task, kAllProducts, generator, score(name))
                              : means_over_products(run, task, products, generator, score(name));
      out.rows[i].cells.push_back(seed_cell(values, info, info.is_percent ? 1 : 2));
    }
    for (std::size_t i = 0; i < out.rows.size(); ++i)
      if (!run.generators[i].is_oracle()) column.push_back(&out.rows[i].cells.back());
    rank(column, info.better);
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

/// The run in one paragraph, for the formats without a page around them.
std::string description(const Report& report) {
  const Run& run = report.run;
  std::vector<std::string> products, generators, seeds;
  for (const auto& product : run.products) products.push_back(product.name);
  for (const auto& generator : run.generators) generators.push_back(generator.label);
  for (const auto seed : run.seeds) seeds.push_back(std::to_string(seed));
  return text("Run ", run.name, " of ", run.date, ", unidg ", run.version, ". Products: ", joined(products),
              ". Generators: ", joined(generators), ". Seeds: ", joined(seeds),
              ". Tasks: ", joined(run.tasks), ". ", run.results.size(), " results",
              run.is_complete() ? "." : text("; INCOMPLETE, ", run.missing.size(), " cells are missing."));
}

}  // namespace

std::vector<const Table*> Report::tables() const {
  std::vector<const Table*> out = {&overview};
  for (const auto* group : {&paper, &own, &costs, &protocol, &peers})
    for (const Table& table : *group) out.push_back(&table);
  return out;
}

Report make_report(const fs::path& folder, const SampleLimits& limits, const std::string& paired) {
  Report out;
  out.run = read_run(folder);
  const Published& published = Published::get();
  out.warnings = out.run.warnings;
  out.overview = overview_of(out.run);
  out.paper = paper_tables(out.run, published), out.own = own_tables(out.run, published);
  if (auto differences = paired_table(out.run, paired))
    out.own.insert(out.own.begin(), std::move(*differences));
  out.costs = cost_tables(out.run, published), out.protocol = protocol_tables(out.run);
  out.peers = peer_tables(published);
  out.samples = samples(out.run, limits, out.warnings);
  out.worst = worst_pictures(out.run, limits);
  return out;
}

std::string latex_file(const Report& report) {
  std::string out = "% " + description(report) + "\n% Needs booktabs and graphicx.\n\n";
  for (const Table* table : report.tables()) out += to_latex(*table) + "\n";
  return out;
}

std::string markdown_file(const Report& report) {
  std::string out = "# " + report.run.name + "\n\n" + description(report) + "\n\n";
  for (const Table* table : report.tables()) out += to_markdown(*table);
  return out;
}

std::string csv_file(const Report& report) {
  std::string out = csv_header();
  for (const Table* table : report.tables()) out += to_csv(*table);
  return out;
}

Json json_file(const Report& report) {
  const Run& run = report.run;
  Json tables = Json::array(), missing = Json::array();
  for (const Table* table : report.tables()) tables.push_back(to_json(*table));
  for (const MissingCell& cell : run.missing)
    missing.push_back({{"task", cell.task},
                       {"product", cell.product},
                       {"generator", cell.generator},
                       {"seed", cell.seed},
                       {"error", cell.error.empty() ? Json(nullptr) : Json(cell.error)}});
  return {{"format", 1},
          {"run", run.name},
          {"date", run.date},
          {"version", run.version},
          {"complete", run.is_complete()},
          {"missing", missing},
          {"deviations", run.deviations},
          {"paper", Published::get().paper()},
          {"tables", tables}};
}

fs::path write_report(const Report& report, const fs::path& out) {
  write_file_atomic(out / "report.csv", csv_file(report));
  write_file_atomic(out / "report.json", json_file(report).dump(1) + "\n");
  write_file_atomic(out / "report.tex", latex_file(report));
  write_file_atomic(out / "report.md", markdown_file(report));
  write_file_atomic(out / "report.html", html_page(report));
  return out / "report.html";
}

}  // namespace unidg::evaluation::report
