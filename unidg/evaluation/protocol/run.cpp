#include "unidg/evaluation/protocol/run.h"

#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/core/torch.h"
#include "unidg/evaluation/protocol/cells.h"
#include "unidg/evaluation/protocol/run_file.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;
namespace {

const std::map<std::string, Json (*)(const Cell&, const Bench&)>& task_table() {
  static const std::map<std::string, Json (*)(const Cell&, const Bench&)> table = {
      {"localisation", localise},      {"classification", classify_cell}, {"multiclass", multiclass_cell},
      {"calibration", calibrate_cell}, {"synthesis", likeness_cell},      {"realism", realism_cell}};
  return table;
}

/// Works through the cells that are left with `jobs` threads.
class Engine {
 public:
  Engine(const Bench& bench, const Json& run, Ledger& ledger, std::vector<Cell> cells)
      : bench_(bench),
        run_(run),
        ledger_(ledger),
        cells_(std::move(cells)),
        progress_("cells", total(cells_)) {}

  void work(int jobs, RunReport& report) {
    progress_.set(0);
    std::vector<std::thread> others;
    const int cores = at::get_num_threads();
    const auto worker = [&] {
      if (jobs > 1) at::set_num_threads(std::max(1, cores / jobs));
      while (!stop_ && !interrupted()) {
        const auto index = next_++;
        if (index >= cells_.size()) return;
        run_one(cells_[index], report);
      }
    };
    for (int i = 1; i < jobs; ++i) others.emplace_back(worker);
    worker();
    for (auto& thread : others) thread.join();
    if (jobs > 1) at::set_num_threads(cores);
    if (stopped_by_) std::rethrow_exception(stopped_by_);
    report.is_interrupted = interrupted();
  }

 private:
  static std::int64_t total(const std::vector<Cell>& cells) {
    return static_cast<std::int64_t>(cells.size());
  }

  void run_one(const Cell& cell, RunReport& report) {
    std::string error;
    try {
      const auto start = std::chrono::steady_clock::now();
      Json line = {{"cell", cell.key()},
                   {"task", cell.task},
                   {"product", cell.product},
                   {"generator", cell.generator},
                   {"seed", cell.seed}};
      const auto result = run_cell(cell, bench_);
      line["scores"] = result.at("scores");
      line["per_type"] = result.value("per_type", Json::object());
      line["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      line["n_generated"] = result.at("n_generated");
      line["settings_hash"] = short_hash(deciding(bench_.config, run_, cell));
      for (const auto& [key, value] : result.items())
        if (!line.contains(key)) line[key] = value;
      ledger_.append_result(line);
      const std::lock_guard lock(mutex_);
      ++report.finished;
    } catch (const Interrupted&) {
      return;
    } catch (const LeakError&) {
      stop(std::current_exception());
      return;
    } catch (const std::exception& failure) {  // this cell is lost, the others go on
      error = failure.what();
    }
    const std::lock_guard lock(mutex_);
    if (!error.empty()) {
      log_warning(cell.key(), " is lost: ", error);
      ledger_.append_failure(cell, error);
      report.lost.push_back({cell.key(), error});
    }
    progress_.advance(1, cell.key());
  }

  void stop(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    if (!stopped_by_) stopped_by_ = error;
  }

  const Bench& bench_;
  const Json& run_;
  Ledger& ledger_;
  std::vector<Cell> cells_;
  Progress progress_;
  std::mutex mutex_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stop_{false};
  std::exception_ptr stopped_by_;
};

/// Whether a folder without run.json is anything but a run that was stopped while it prepared its products.
bool holds_something_else(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().filename() != "products") return true;
  return false;
}

/// Real defects are not asked whether they look real.
bool is_asked(const std::string& task, const GeneratorSpec& spec) {
  return task != "realism" || (spec.kind != "real-only" && !spec.sees_test_half());
}

std::vector<std::string> names_of(const RunConfig& config) {
  std::vector<std::string> names;
  for (const auto& product : config.products) names.push_back(product_name(product));
  return names;
}

}  // namespace

std::string product_name(const std::string& product) {
  const auto colon = product.rfind(':');
  return colon == std::string::npos ? product : product.substr(colon + 1);
}

std::vector<Cell> cells_of(const RunConfig& config) {
  std::vector<Cell> out;
  const auto specs = config.specs();
  for (const auto seed : config.seeds) {
    for (const auto& product : names_of(config))
      for (const auto& spec : specs)
        for (const auto& task : config.tasks)
          if (task != "multiclass" && is_asked(task, spec)) out.push_back({task, product, spec.name, seed});
    for (const auto& task : config.tasks)
      if (task == "multiclass")
        for (const auto& spec : specs) out.push_back({task, "*", spec.name, seed});
  }
  return out;
}

const GeneratorSpec& Bench::spec(const std::string& name) const {
  for (const auto& one : specs)
    if (one.name == name) return one;
  throw UsageError("no generator '", name, "'");
}

bool Bench::has_oracle() const {
  return std::any_of(specs.begin(), specs.end(), [](const auto& spec) { return spec.sees_test_half(); });
}

Backbone Bench::backbone_of(const std::string& network) const {
  return (network == "linear" || network == "maps") && !config.backbone.empty()
             ? mobilenet_backbone(config.backbone)
             : Backbone{};
}

fs::path Bench::cell_folder(const Cell& cell) const {
  auto name = cell.key();
  std::replace(name.begin(), name.end(), '/', '+');
  return out / "cells" / name;
}

void add_draws(Json& line, const Draws& draws, const Cell& cell, const Bench& bench) {
  if (draws.empty()) return;
  write_draws(bench.cell_folder(cell) / "draws.json", draws);
  for (const auto& [name, interval] : intervals_of(draws, bench.config.metrics.confidence))
    line["intervals"][name] = {interval.low, interval.high};
}

Json run_cell(const Cell& cell, const Bench& bench) { return task_table().at(cell.task)(cell, bench); }

RunReport run_evaluation(const RunConfig& config, const RunOptions& options) {
  const auto run_json = options.out / "run.json";
  std::error_code error;
  if (!fs::exists(run_json, error) && holds_something_else(options.out))
    throw UsageError(options.out.string(),
                     ": is not empty and holds no run.json; choose another --out or empty it");
  fs::create_directories(options.out, error);
  if (error) throw Error(options.out.string(), ": cannot create the run folder: ", error.message());

  Ledger ledger(options.out);
  Sets sets(config, options.out, ledger);
  const auto specs = config.specs();
  const auto products = names_of(config);
  auto run = describe_run(config, options, sets);
  if (fs::exists(run_json, error)) {
    const auto stored = parse_json(read_file(run_json), run_json.string());
    refuse_other_run(stored, run, run_json);
    run["date"] = stored.at("date");
  }
  write_file_atomic(run_json, run.dump(2) + "\n");

  RunReport report;
  std::vector<Cell> left;
  for (auto& cell : cells_of(config)) {
    ++report.cells;
    if (const auto* line = ledger.finished(cell.key())) {
      if (line->value("settings_hash", "") != short_hash(deciding(config, run, cell)))
        throw UsageError(
            (options.out / "results.jsonl").string(), ": ", cell.key(),
            " was computed with other settings, pictures, weights or another version; choose another "
            "--out. (A multi-class network changes with every product that is added.)");
      ++report.skipped;
    } else {
      left.push_back(std::move(cell));
    }
  }
  log_info(report.cells, " cells, ", report.skipped, " finished before");
  const Bench bench{config, specs, products, sets, options.out};
  Engine(bench, run, ledger, std::move(left)).work(options.jobs, report);
  return report;
}

}  // namespace unidg::evaluation
