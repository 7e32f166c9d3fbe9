#include "unidg/evaluation/report/summary.h"

#include <algorithm>
#include <cmath>

namespace unidg::evaluation::report {
namespace {

bool is_of(const Result& r, const std::string& task, const std::string& product,
           const std::string& generator) {
  return r.task == task && r.product == product && r.generator == generator;
}

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::optional<double> look_up(const Scores& scores, const std::string& name) {
  const auto found = scores.find(name);
  if (found == scores.end() || !std::isfinite(found->second)) return std::nullopt;
  return found->second;
}

const std::vector<ScoreInfo>& known_scores() {
  static const std::vector<ScoreInfo> known = {
      {"auroc_image", "AUROC-I"},
      {"ap_image", "AP-I"},
      {"f1_image", "F1-I"},
      {"auroc_pixel", "AUROC-P"},
      {"ap_pixel", "AP-P"},
      {"f1_pixel", "F1-P"},
      {"pro", "PRO-P"},
      {"miou", "mIoU"},
      {"bg_miou", "BG-mIoU"},
      {"fg_miou", "FG-mIoU"},
      {"accuracy", "Acc"},
      {"il", "IL", false},
      {"il_a", "IL-a", false},
      {"refad", "RefAd", false},
      {"cons", "Cons", false},
      {"reas", "Reas", false},
      {"qual", "Qual", false},
      {"f1_image_best", "F1-I, best threshold"},
      {"f1_pixel_best", "F1-P, best threshold"},
      {"defect_accuracy", "Defect region", true, Better::NearHalf},
      {"seam_accuracy", "Seam", true, Better::NearHalf},
      {"reference_accuracy", "Which reference", true, Better::Unranked},
      {"control_perlin", "Control: Perlin", true, Better::Unranked},
      {"control_real", "Control: real", true, Better::Unranked},
  };
  return known;
}

}  // namespace

ScoreInfo score_info(const std::string& id) {
  for (const auto& info : known_scores())
    if (info.id == id) return info;
  return {id, id, false, Better::Unranked};
}

std::vector<std::string> in_order(const std::set<std::string>& names) {
  std::vector<std::string> out;
  for (const auto& info : known_scores())
    if (names.count(info.id)) out.push_back(info.id);
  for (const auto& name : names)
    if (!contains(out, name)) out.push_back(name);
  return out;
}

bool has_score(const Run& run, const std::string& task, const std::string& name) {
  return std::any_of(run.results.begin(), run.results.end(), [&](const Result& r) {
    return r.task == task && (r.scores.count(name) > 0 || contains(r.undefined, name));
  });
}

std::optional<Summary> summarise(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return Summary{(values[(n - 1) / 2] + values[n / 2]) / 2, values.front(), values.back(),
                 static_cast<int>(n)};
}

Pick score(const std::string& name) {
  return [name](const Result& result) { return look_up(result.scores, name); };
}

Pick type_score(const std::string& type, const std::string& name) {
  return [type, name](const Result& result) -> std::optional<double> {
    const auto found = result.per_type.find(type);
    return found == result.per_type.end() ? std::nullopt : look_up(found->second, name);
  };
}

std::vector<double> over_seeds(const Run& run, const std::string& task, const std::string& product,
                               const std::string& generator, const Pick& pick) {
  std::vector<double> out;
  for (const Result& result : run.results)
    if (is_of(result, task, product, generator))
      if (const auto value = pick(result)) out.push_back(*value);
  return out;
}

std::vector<double> means_over_products(const Run& run, const std::string& task,
                                        const std::vector<std::string>& products,
                                        const std::string& generator, const Pick& pick) {
  std::vector<double> out;
  for (const std::int64_t seed : run.seeds) {
    double sum = 0;
    std::size_t count = 0;
    for (const Result& result : run.results)
      if (result.seed == seed && result.task == task && result.generator == generator &&
          contains(products, result.product))
        if (const auto value = pick(result)) sum += *value, ++count;
    if (count > 0 && count == products.size()) out.push_back(sum / static_cast<double>(count));
  }
  return out;
}

std::vector<std::string> products_with(const Run& run, const std::string& task, const Pick& pick) {
  std::vector<std::string> out;
  for (const Product& product : run.products)
    if (std::any_of(run.results.begin(), run.results.end(),
                    [&](const Result& r) { return r.task == task && r.product == product.name && pick(r); }))
      out.push_back(product.name);
  return out;
}

bool has_task(const Run& run, const std::string& task) {
  return std::any_of(run.results.begin(), run.results.end(), [&](const Result& r) { return r.task == task; });
}

std::vector<std::string> common_notes(const Run& run, const std::string& task) {
  std::vector<std::string> out;
  bool is_first = true;
  for (const Result& result : run.results) {
    if (result.task != task) continue;
    if (is_first) out = result.notes;
    is_first = false;
    std::erase_if(out, [&](const std::string& note) { return !contains(result.notes, note); });
  }
  return out;
}

void explain_missing(Cell& cell, const Run& run, const std::string& task, const std::string& product,
                     const std::string& generator, const std::string& name) {
  if (!cell.is_missing()) return;
  const auto common = common_notes(run, task);
  for (const Result& result : run.results) {
    if (!is_of(result, task, product, generator) || !contains(result.undefined, name)) continue;
    for (const auto& note : result.notes)
      if (!contains(common, note) && !contains(cell.notes, note)) cell.notes.push_back(note);
  }
}

void rank_generators(const Run& run, std::vector<Cell>& cells, std::size_t first, Better better) {
  std::vector<Cell*> ranked;
  for (std::size_t i = 0; i < run.generators.size(); ++i)
    if (!run.generators[i].is_oracle()) ranked.push_back(&cells[first + i]);
  rank(ranked, better);
}

Cell seed_cell(const std::vector<double>& values, const ScoreInfo& info, int decimals) {
  const auto summary = summarise(values);
  if (!summary) return {};
  const double scale = info.is_percent ? 100 : 1;
  if (summary->seeds == 1) return Cell::number(scale * summary->median, decimals);
  return Cell::between(scale * summary->median, scale * summary->low, scale * summary->high, decimals);
}

}  // namespace unidg::evaluation::report
