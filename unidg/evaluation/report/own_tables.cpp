#include <algorithm>
#include <cmath>
#include <set>

#include "unidg/core/error.h"
#include "unidg/evaluation/report/tables.h"

namespace unidg::evaluation::report {
namespace {

using Names = std::vector<std::string>;

/// The score by which defect types are compared: the first that the results have.
std::string score_of_types(const Run& run, const std::string& task) {
  std::set<std::string> found;
  for (const Result& result : run.results)
    if (result.task == task)
      for (const auto& [type, scores] : result.per_type)
        for (const auto& [name, value] : scores) found.insert(name);
  const Names preferred = task == "localisation"
                              ? Names{"ap_pixel", "pro", "f1_pixel", "auroc_pixel", "auroc_image"}
                          : task == "multiclass" ? Names{"fg_miou", "iou", "miou"}
                                                 : Names{"accuracy", "recall", "il"};
  for (const auto& name : preferred)
    if (found.count(name)) return name;
  for (const auto& name : found)
    if (name != "n") return name;
  return "";
}

/// (product, type) in the order of the run; of a multi-class network (product "*", type "product/type").
std::vector<std::pair<std::string, std::string>> types_of(const Run& run, const std::string& task) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto add = [&](const std::string& product, const std::string& type) {
    const std::pair<std::string, std::string> pair{product, type};
    if (std::find(out.begin(), out.end(), pair) == out.end()) out.push_back(pair);
  };
  for (const Product& product : run.products)
    for (const DefectType& type : product.types)
      for (const Result& result : run.results)
        if (result.task == task && result.product == product.name && result.per_type.count(type.name))
          add(product.name, type.name);
  for (const Result& result : run.results)
    if (result.task == task)
      for (const auto& [type, scores] : result.per_type)
        if (type != "good" && type != "background") add(result.product, type);
  return out;
}

std::optional<double> test_pictures(const Run& run, const std::string& task, const std::string& product,
                                    const std::string& type) {
  for (const Result& result : run.results)
    if (result.task == task && result.product == product)
      if (const auto n = type_score(type, "n")(result)) return n;
  return std::nullopt;
}

/// A defect type a row, a generator a column.
Table types_table(const Run& run, const std::string& task) {
  const std::string name = score_of_types(run, task);
  const ScoreInfo info = score_info(name == "recall" || name == "iou" ? "accuracy" : name);
  const std::string label = name == "recall" ? "recall" : name == "iou" ? "IoU" : info.label;
  Table out;
  out.id = "types-" + task, out.title = "Defect types, " + task + ": " + label;
  out.caption =
      "n: test pictures of the type. Types with few pictures move by many points from one seed to the next.";
  out.label_names = {"Product", "Type"};
  out.columns.push_back({"", "n"});
  for (const auto& generator : run.generators) out.columns.push_back({"This run", generator.label});
  for (const auto& [product, type] : types_of(run, task)) {
    Row row{"", {product == kAllProducts ? "all" : product, type}, {}};
    const auto n = test_pictures(run, task, product, type);
    row.cells.push_back(n ? Cell::number(*n, 0) : Cell{});
    for (const auto& generator : run.generators)
      row.cells.push_back(
          seed_cell(over_seeds(run, task, product, generator.name, type_score(type, name)), info, 1));
    rank_generators(run, row.cells, 1, info.better);
    out.rows.push_back(std::move(row));
  }
  return out;
}

Table differences_table(const Run& run, const TypeDifferences& differences) {
  Table out;
  out.id = "type-differences";
  out.title = "Defect types: difference to " + baseline_of(run)->label;
  out.caption = "Points of " + score_info(differences.score).label + " (" + differences.task +
                "), median over seeds minus that of " + baseline_of(run)->label + ".";
  out.label_names = {"Product", "Type"};
  Names generators;
  for (const auto& generator : run.generators)
    if (generator.name != baseline_of(run)->name) {
      generators.push_back(generator.name);
      out.columns.push_back({"This run", generator.label});
    }
  for (const auto& [product, type] : types_of(run, differences.task)) {
    Row row{"", {product == kAllProducts ? "all" : product, type}, {}};
    for (const auto& generator : generators) {
      Cell cell;
      for (const auto& d : differences.list)
        if (d.product == product && d.type == type && d.generator == generator)
          cell = Cell::number(d.points, 1);
      row.cells.push_back(std::move(cell));
    }
    out.rows.push_back(std::move(row));
  }
  return out;
}

/// Of the results of one cell the one whose score is the median over seeds (the lower one of an even number).
const Result* median_result(const Run& run, const std::string& task, const std::string& product,
                            const std::string& generator, const std::string& name) {
  std::vector<std::pair<double, const Result*>> found;
  for (const Result& r : run.results)
    if (r.task == task && r.product == product && r.generator == generator && r.intervals.count(name))
      if (const auto value = score(name)(r)) found.push_back({*value, &r});
  if (found.empty()) return nullptr;
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return found[(found.size() - 1) / 2].second;
}

std::optional<Table> intervals_table(const Run& run) {
  Table out;
  out.id = "intervals", out.title = "Bootstrap intervals";
  out.caption =
      "95 % over test images, of the seed whose score is the median: how far the test set alone lets a "
      "number move. "
      "The ranges of the other tables are over seeds.";
  out.label_names = {"Product", "Score"};
  for (const auto& generator : run.generators) out.columns.push_back({"This run", generator.label});
  for (const std::string task : {"localisation", "multiclass", "classification", "calibration", "realism"}) {
    Names products;
    for (const Result& r : run.results)
      if (r.task == task && std::find(products.begin(), products.end(), r.product) == products.end())
        products.push_back(r.product);
    for (const auto& product : products) {
      std::set<std::string> names;
      for (const Result& r : run.results)
        if (r.task == task && r.product == product)
          for (const auto& [name, interval] : r.intervals) names.insert(name);
      for (const auto& name : in_order(names)) {
        const ScoreInfo info = score_info(name);
        const double scale = info.is_percent ? 100 : 1;
        Row row{task, {product == kAllProducts ? "all" : product, info.label}, {}};
        for (const auto& generator : run.generators) {
          const Result* result = median_result(run, task, product, generator.name, name);
          if (!result) {
            row.cells.push_back({});
            continue;
          }
          const auto& [low, high] = result->intervals.at(name);
          row.cells.push_back(Cell::between(scale * result->scores.at(name), scale * low, scale * high,
                                            info.is_percent ? 1 : 3));
        }
        out.rows.push_back(std::move(row));
      }
    }
  }
  if (out.rows.empty()) return std::nullopt;
  return out;
}

Table calibration_table(const Run& run, const Published& published) {
  Table out = per_object_table(run, published,
                               {"calibration",
                                "Calibration: threshold from generated data, F1 on real data",
                                "calibration",
                                {"f1_image", "f1_image_best", "f1_pixel", "f1_pixel_best"},
                                "",
                                1});
  out.caption +=
      " Best threshold: the F1 that the same maps reach with the threshold chosen on the real data.";
  return out;
}

Table realism_table(const Run& run, const Published& published) {
  Table out = per_object_table(
      run, published,
      {"realism",
       "Realism: can a classifier tell generated from real?",
       "realism",
       {"defect_accuracy", "seam_accuracy", "reference_accuracy", "control_perlin", "control_real"},
       "",
       1});
  out.caption +=
      " Balanced accuracy: 50 % is perfect. Which reference: chance is 12.5 % of 8. Controls: Perlin must be "
      "recognised by at least 90 %, real against real must stay within 45 to 55 %; else the figures are "
      "void.";
  return out;
}

/// All generators on the half that the oracle has not seen.
Table other_half_table(const Run& run) {
  Table out;
  out.id = "other-half", out.title = "The half of the test defects that the oracle has not seen";
  out.caption =
      "An oracle learns from one half of the real test defects; everybody is scored on the other half. A "
      "generator "
      "above it would be a sign of a leak.";
  out.label_names = {"Product", "Score"};
  for (const auto& generator : run.generators) out.columns.push_back({"This run", generator.label});
  std::set<std::string> names;
  for (const Result& r : run.results)
    for (const auto& [name, value] : r.other_half) names.insert(name);
  for (const Product& product : run.products)
    for (const auto& name : in_order(names)) {
      const ScoreInfo info = score_info(name);
      Row row{"", {product.name, info.label}, {}};
      for (const auto& generator : run.generators) {
        const Pick pick = [&](const Result& r) -> std::optional<double> {
          const Scores& scores = generator.is_oracle() ? r.scores : r.other_half;
          const auto found = scores.find(name);
          return found == scores.end() ? std::nullopt : std::optional<double>(found->second);
        };
        row.cells.push_back(
            seed_cell(over_seeds(run, "localisation", product.name, generator.name, pick), info, 1));
      }
      rank_generators(run, row.cells, 0, info.better);
      out.rows.push_back(std::move(row));
    }
  return out;
}

/// Multi-class scores by product.
Table multiclass_products(const Run& run) {
  Table out;
  out.id = "multiclass-products", out.title = "Multi-class network by product";
  out.label_names = {"Product", "Score"};
  for (const auto& generator : run.generators) out.columns.push_back({"This run", generator.label});
  std::set<std::string> names;
  for (const Result& r : run.results)
    if (r.task == "multiclass")
      for (const auto& [product, scores] : r.per_product)
        for (const auto& [name, value] : scores) names.insert(name);
  names.erase("n");
  for (const Product& product : run.products)
    for (const auto& name : in_order(names)) {
      const ScoreInfo info = score_info(name);
      Row row{"", {product.name, info.label}, {}};
      const Pick pick = [&](const Result& r) -> std::optional<double> {
        const auto found = r.per_product.find(product.name);
        if (found == r.per_product.end() || !found->second.count(name)) return std::nullopt;
        return found->second.at(name);
      };
      for (const auto& generator : run.generators)
        row.cells.push_back(
            seed_cell(over_seeds(run, "multiclass", kAllProducts, generator.name, pick), info, 1));
      rank_generators(run, row.cells, 0, info.better);
      out.rows.push_back(std::move(row));
    }
  return out;
}

Table peer_table(const PeerTable& peers, const std::string& id, const std::string& title) {
  Table out;
  out.id = id, out.title = title;
  out.label_names = {"Work", "Year"};
  for (const auto& key : peers.keys) out.columns.push_back({"", score_info(key).label});
  out.columns.push_back({"", "Protocol"});
  for (const PeerRow& peer : peers.rows) {
    Row row{"", {peer.name, peer.year}, {}};
    for (const auto& value : peer.values) {
      row.cells.push_back(Cell::words(value));
      if (value != "-") row.cells.back().notes.push_back("Source: " + peer.source + ".");
    }
    row.cells.push_back(Cell::words(peer.protocol));
    out.rows.push_back(std::move(row));
  }
  return out;
}

}  // namespace

TypeDifferences type_differences(const Run& run) {
  TypeDifferences out;
  const Generator* base = baseline_of(run);
  if (!base) return out;
  for (const std::string task : {"localisation", "classification", "multiclass"}) {
    out.task = task, out.score = score_of_types(run, task);
    if (out.score.empty() || out.score == "n") continue;
    const double scale =
        score_info(out.score).is_percent || out.score == "recall" || out.score == "iou" ? 100 : 1;
    for (const auto& [product, type] : types_of(run, task)) {
      const auto value = [&](const std::string& generator) {
        return summarise(over_seeds(run, task, product, generator, type_score(type, out.score)));
      };
      const auto floor = value(base->name);
      if (!floor) continue;
      for (const auto& generator : run.generators)
        if (generator.name != base->name)
          if (const auto mine = value(generator.name))
            out.list.push_back({product, type, generator.name, scale * (mine->median - floor->median)});
    }
    if (!out.list.empty()) return out;
  }
  return out;
}

std::vector<Table> own_tables(const Run& run, const Published& published) {
  std::vector<Table> out;
  if (has_task(run, "localisation"))
    out.push_back(per_object_table(run, published,
                                   {"localisation-more",
                                    "Further scores of localisation",
                                    "localisation",
                                    {"f1_image", "f1_pixel", "pro"},
                                    "",
                                    1}));
  if (has_task(run, "multiclass")) {
    Table products = multiclass_products(run);
    if (!products.rows.empty()) out.push_back(std::move(products));
  }
  for (const std::string task : {"localisation", "classification", "multiclass"})
    if (!types_of(run, task).empty() && !score_of_types(run, task).empty())
      out.push_back(types_table(run, task));
  if (const auto differences = type_differences(run); !differences.list.empty())
    out.push_back(differences_table(run, differences));
  if (has_task(run, "calibration")) out.push_back(calibration_table(run, published));
  if (has_task(run, "realism")) out.push_back(realism_table(run, published));
  const bool has_oracle = std::any_of(run.results.begin(), run.results.end(),
                                      [](const Result& r) { return !r.other_half.empty(); });
  if (has_oracle) out.push_back(other_half_table(run));
  if (const auto intervals = intervals_table(run)) out.push_back(*intervals);
  return out;
}

std::vector<Table> peer_tables(const Published& published) {
  Table peers = peer_table(published.peers(), "peers", "Peers under their own protocols, MVTec-AD");
  peers.caption =
      "As printed elsewhere. Splits, picture counts, networks and checkpoints differ: only numbers of one "
      "protocol "
      "are comparable.";
  Table calibration = peer_table(published.calibration(), "peers-calibration", "Calibration elsewhere");
  calibration.caption = published.calibration().protocol + ".";
  calibration.label_names = {"Data", "Year"};
  return {peers, calibration};
}

}  // namespace unidg::evaluation::report
