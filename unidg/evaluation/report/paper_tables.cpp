#include <algorithm>

#include "unidg/core/error.h"
#include "unidg/evaluation/report/tables.h"

namespace unidg::evaluation::report {
namespace {

using Names = std::vector<std::string>;

constexpr const char* kThisRun = "This run";

std::string task_of(const std::string& score) {
  if (score == "accuracy") return "classification";
  if (score == "il" || score == "il_a") return "synthesis";
  if (score == "refad" || score == "cons" || score == "reas" || score == "qual") return "judge";
  return "localisation";
}

std::string table_with_objects(const std::string& score, bool is_visa) {
  const std::string task = task_of(score);
  if (task == "classification") return is_visa ? "16" : "13";
  if (task == "localisation") return is_visa ? "15" : "12";
  return is_visa ? "" : "14";
}

Names names_of(const std::vector<Product>& products) {
  Names out;
  for (const Product& product : products) out.push_back(product.name);
  return out;
}

/// Those of `objects` that `names` has, in the order of `objects`.
Names shared(const Names& objects, const Names& names) {
  Names out;
  for (const auto& object : objects)
    if (std::find(names.begin(), names.end(), object) != names.end()) out.push_back(object);
  return out;
}

/// The paper's objects first, in its order, then the others.
Names paper_order(const Names& objects, const Names& names) {
  Names out = shared(objects, names);
  for (const auto& name : names)
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  return out;
}

std::string listed(const Names& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string seeds_words(const Run& run) {
  std::string seeds;
  for (const auto seed : run.seeds) seeds += (seeds.empty() ? "" : ", ") + std::to_string(seed);
  if (run.seeds.size() < 2) return "one seed (" + seeds + ")";
  return "median over seeds " + seeds + " with the lowest and highest value";
}

std::string with_notes(std::string caption, const Run& run, const std::string& task) {
  for (const auto& note : common_notes(run, task)) caption += " Note: " + note + ".";
  return caption;
}

bool is_visa_run(const Run& run, const Published& published) {
  return !shared(published.visa_objects(), names_of(run.products)).empty() &&
         shared(published.mvtec_objects(), names_of(run.products)).empty();
}

/// A row of printed cells, then one cell a generator: each part among itself.
void rank_parts(const Run& run, Row& row, Better better, bool has_printed = true) {
  const std::size_t printed = row.cells.size() - run.generators.size();
  std::vector<Cell*> cells;
  for (std::size_t i = 0; i < printed && has_printed; ++i) cells.push_back(&row.cells[i]);
  rank(cells, better);
  rank_generators(run, row.cells, printed, better);
}

/// Averages over the run's products, one row a score (the form of Table 1).
Table averages(const Run& run, const Published& published, const Names& objects, bool is_common) {
  const bool is_visa = is_visa_run(run, published);
  const Names scores = {"accuracy", "auroc_image", "ap_image", "auroc_pixel", "ap_pixel", "il",
                        "il_a",     "refad",       "cons",     "reas",        "qual"};
  Table out;
  out.id = is_common ? "table-1-common" : "table-1";
  out.title = is_common ? "Table 1 over common objects" : "Table 1: averages over products";
  out.label_names = {"Metric"};
  const auto methods = published.methods_of(is_visa ? "15" : "1");
  for (const auto& method : methods) out.columns.push_back({method.group, method.name});
  for (const auto& generator : run.generators) out.columns.push_back({kThisRun, generator.label});
  for (const auto& name : scores) {
    const std::string task = task_of(name);
    const ScoreInfo info = score_info(name);
    const int decimals = info.is_percent ? 1 : 2;
    Row row{task == "classification" ? "Cls."
            : task == "localisation" ? "Det.&Loc."
                                     : "Syn.",
            {info.label},
            {}};
    for (const auto& method : methods)
      row.cells.push_back(
          is_common ? published.mean(table_with_objects(name, is_visa), method.id, name, objects, decimals)
          : is_visa ? published.cell(table_with_objects(name, true), method.id, name, "average")
                    : published.cell("1", method.id, name));
    const Names products = is_common ? shared(objects, products_with(run, task, score(name)))
                                     : products_with(run, task, score(name));
    for (const auto& generator : run.generators)
      row.cells.push_back(
          seed_cell(means_over_products(run, task, products, generator.name, score(name)), info, decimals));
    rank_parts(run, row, info.better);
    out.rows.push_back(std::move(row));
  }
  const std::string where = is_visa ? "12 objects of VisA" : "15 objects of MVTec-AD";
  out.caption = is_common
                    ? "Both sides over " + listed(objects) +
                          " only. Printed: means of the cells, our arithmetic. This run"
                    : "Printed: averages over the " + where + ". This run: averages over " + listed(objects);
  out.caption += (is_common ? ": " : "; ") + seeds_words(run) +
                 ". Best bold, second underlined, published and measured apart: protocols differ (see "
                 "Switches). A larger IL does not mean more realistic defects.";
  return out;
}

/// One multi-class network for all products (Tables 2 and 17).
Table multiclass(const Run& run, const Published& published) {
  const bool is_visa = is_visa_run(run, published);
  const std::string number = is_visa ? "17" : "2";
  const Names binary = {"auroc_image", "ap_image", "auroc_pixel", "ap_pixel", "pro"};
  const Names semantic = {"miou", "bg_miou", "fg_miou"};
  Table out;
  out.id = "table-" + number, out.title = "Table " + number + ": multi-class anomaly segmentation";
  out.label_names = {"Method"};
  Names scores;
  for (const auto& name : binary)
    out.columns.push_back({"Binary Anomaly Detection Metrics", score_info(name).label}),
        scores.push_back(name);
  for (const auto& name : semantic)
    out.columns.push_back({"Semantic Segmentation Metrics", score_info(name).label}), scores.push_back(name);
  const auto methods = published.methods_of(number);
  for (const auto& method : methods) {
    Row row{method.group, {method.name}, {}};
    for (const auto& name : scores) {
      row.cells.push_back(published.cell(number, method.id, name));
      Cell& cell = row.cells.back();  // relative changes as the paper prints them
      if (name == "pro") cell.change = relative_change(cell, published.cell(number, "anodiff", name));
      if (name == "miou" || name == "fg_miou")
        cell.change = relative_change(cell, published.cell(number, "anogen", name));
    }
    out.rows.push_back(std::move(row));
  }
  const Generator* base = baseline_of(run);
  for (const auto& generator : run.generators) {
    Row row{kThisRun, {generator.label}, {}};
    for (const auto& name : scores) {
      const ScoreInfo info = score_info(name);
      const auto values = [&](const std::string& of) {
        return over_seeds(run, "multiclass", kAllProducts, of, score(name));
      };
      Cell cell = seed_cell(values(generator.name), info, 2);
      if (base && (name == "pro" || name == "miou" || name == "fg_miou"))
        cell.change = relative_change(cell, seed_cell(values(base->name), info, 2));
      explain_missing(cell, run, "multiclass", kAllProducts, generator.name, name);
      row.cells.push_back(std::move(cell));
    }
    out.rows.push_back(std::move(row));
  }
  for (std::size_t i = 0; i < scores.size(); ++i) {
    std::vector<Cell*> printed, measured;
    for (std::size_t r = 0; r < methods.size(); ++r) printed.push_back(&out.rows[r].cells[i]);
    for (std::size_t g = 0; g < run.generators.size(); ++g)
      if (!run.generators[g].is_oracle()) measured.push_back(&out.rows[methods.size() + g].cells[i]);
    rank(printed, Better::Higher), rank(measured, Better::Higher);
  }
  out.caption = with_notes(
      text("Printed: ", is_visa ? "12 objects of VisA" : "15 objects of MVTec-AD, 73 defect types",
           ". This run: one network for ", listed(names_of(run.products)), "; ", seeds_words(run),
           ". Relative changes: PRO-P against AnoDiff, mIoU and FG-mIoU against AnoGen where printed",
           base ? "; against " + base->label + " in this run" : "", ". Ranked apart."),
      run, "multiclass");
  return out;
}

/// Accuracy by object (Tables 13 and 16): objects are rows.
Table accuracies(const Run& run, const Published& published) {
  const bool is_visa = is_visa_run(run, published);
  const std::string number = is_visa ? "16" : "13";
  const auto& objects = is_visa ? published.visa_objects() : published.mvtec_objects();
  const ScoreInfo info = score_info("accuracy");
  const Names products = paper_order(objects, names_of(run.products));
  const Names counted = products_with(run, "classification", score("accuracy"));
  const Names common = shared(objects, counted);
  const auto methods = published.methods_of(number);
  Table out;
  out.id = "table-" + number, out.title = "Table " + number + ": classification accuracy";
  out.label_names = {"Product"};
  for (const auto& method : methods) out.columns.push_back({method.group, method.name});
  for (const auto& generator : run.generators) out.columns.push_back({kThisRun, generator.label});
  const auto add = [&](Row row) {
    rank_parts(run, row, Better::Higher, /*has_printed=*/!row.section.empty());
    out.rows.push_back(std::move(row));
  };
  for (const auto& product : products) {
    Row row{"", {product}, {}};
    for (const auto& method : methods)
      row.cells.push_back(published.cell(number, method.id, "accuracy", product));
    for (const auto& generator : run.generators) {
      row.cells.push_back(
          seed_cell(over_seeds(run, "classification", product, generator.name, score("accuracy")), info, 2));
      explain_missing(row.cells.back(), run, "classification", product, generator.name, "accuracy");
    }
    add(std::move(row));
  }
  const auto average = [&](const std::string& label, const Names& over, bool is_all, bool is_printed) {
    Row row{"Averages", {label}, {}};
    for (const auto& method : methods)
      row.cells.push_back(is_printed ? published.cell(number, method.id, "accuracy", "average")
                          : is_all   ? Cell{}
                                     : published.mean(number, method.id, "accuracy", over, 2));
    for (const auto& generator : run.generators)
      row.cells.push_back(
          is_printed && over.size() != objects.size()
              ? Cell{}
              : seed_cell(means_over_products(run, "classification", over, generator.name, score("accuracy")),
                          info, 2));
    add(std::move(row));
  };
  if (counted != common && !counted.empty()) average("of this run", counted, true, false);
  if (!common.empty() && common.size() != objects.size()) average("of common objects", common, false, false);
  average(text("of ", objects.size()), common, false, true);
  out.caption = with_notes("Percent. This run: " + seeds_words(run) + ".", run, "classification");
  return out;
}

}  // namespace

const Generator* baseline_of(const Run& run) {
  for (const Generator& generator : run.generators)
    if (generator.name == "crop-paste") return &generator;
  for (const Generator& generator : run.generators)
    if (generator.model == "crop-paste") return &generator;
  return nullptr;
}

Table per_object_table(const Run& run, const Published& published, const PerObject& what) {
  const bool is_visa = is_visa_run(run, published);
  const auto& objects = is_visa ? published.visa_objects() : published.mvtec_objects();
  const Names products = paper_order(objects, names_of(run.products));
  const Names common = what.printed.empty() ? Names{} : shared(objects, products);
  const bool has_more =
      common.size() != products.size() || what.printed.empty();  // products the paper has not
  const bool has_common = !common.empty() && common.size() != objects.size();
  Table out;
  out.id = what.id, out.title = what.title;
  out.label_names = {"Method", "Metric"};
  for (const auto& product : products) out.columns.push_back({"Product", product});
  if (has_more) out.columns.push_back({"Average", "this run"});
  if (has_common) out.columns.push_back({"Average", "common"});
  if (!what.printed.empty()) out.columns.push_back({"Average", text("of ", objects.size())});

  const auto methods = what.printed.empty() ? std::vector<PaperMethod>{} : published.methods_of(what.printed);
  for (const auto& method : methods)
    for (const auto& name : what.scores) {
      Row row{method.group, {method.name, score_info(name).label}, {}};
      for (const auto& product : products)
        row.cells.push_back(published.cell(what.printed, method.id, name, product));
      if (has_more) row.cells.push_back({});
      if (has_common)
        row.cells.push_back(published.mean(what.printed, method.id, name, common, what.decimals));
      row.cells.push_back(published.cell(what.printed, method.id, name, "average"));
      out.rows.push_back(std::move(row));
    }
  std::vector<bool> is_unranked(out.rows.size(), false);
  for (const auto& generator : run.generators)
    for (const auto& name : what.scores) {
      const ScoreInfo info = score_info(name);
      const std::string task = what.task.empty() ? task_of(name) : what.task;
      if (!has_score(run, task, name) || !is_asked(task, generator)) continue;
      Row row{kThisRun, {generator.label, info.label}, {}};
      for (const auto& product : products) {
        row.cells.push_back(
            seed_cell(over_seeds(run, task, product, generator.name, score(name)), info, what.decimals));
        explain_missing(row.cells.back(), run, task, product, generator.name, name);
      }
      const Names counted = products_with(run, task, score(name));
      const auto average = [&](const Names& over) {
        return seed_cell(means_over_products(run, task, over, generator.name, score(name)), info,
                         what.decimals);
      };
      if (has_more) row.cells.push_back(average(counted));
      if (has_common) row.cells.push_back(shared(common, counted) == common ? average(common) : Cell{});
      if (!what.printed.empty())
        row.cells.push_back(common.size() == objects.size() ? average(common) : Cell{});
      out.rows.push_back(std::move(row));
      is_unranked.push_back(generator.is_oracle());
    }
  // Per metric: printed averages among themselves, every column of this run among its generators.
  const std::size_t printed_rows = methods.size() * what.scores.size();
  for (const auto& name : what.scores)
    for (std::size_t c = 0; c < out.columns.size(); ++c) {
      const ScoreInfo info = score_info(name);
      std::vector<Cell*> printed, measured;
      for (std::size_t r = 0; r < out.rows.size(); ++r) {
        if (out.rows[r].labels[1] != info.label || is_unranked[r]) continue;
        (r < printed_rows ? printed : measured).push_back(&out.rows[r].cells[c]);
      }
      if (out.columns[c].group == "Average") rank(printed, info.better);
      rank(measured, info.better);
    }
  out.caption = "This run: " + seeds_words(run) + ".";
  if (has_common && !what.printed.empty())
    out.caption += " Average, common: over " + listed(common) + "; printed side by our arithmetic.";
  Names tasks;
  for (const auto& name : what.scores) {
    const std::string task = what.task.empty() ? task_of(name) : what.task;
    if (std::find(tasks.begin(), tasks.end(), task) == tasks.end()) tasks.push_back(task);
  }
  for (const auto& task : tasks) out.caption = with_notes(out.caption, run, task);
  return out;
}

std::vector<Table> paper_tables(const Run& run, const Published& published) {
  const bool is_visa = is_visa_run(run, published);
  const auto& objects = is_visa ? published.visa_objects() : published.mvtec_objects();
  const Names products = names_of(run.products);
  const Names common = shared(objects, products);
  std::vector<Table> out = {averages(run, published, paper_order(objects, products), false)};
  if (!common.empty() && common.size() != objects.size())
    out.push_back(averages(run, published, common, true));
  if (has_task(run, "multiclass")) out.push_back(multiclass(run, published));
  const Names detection = {"auroc_image", "ap_image", "auroc_pixel", "ap_pixel"};
  const std::string twelve = is_visa ? "15" : "12";
  if (has_task(run, "localisation"))
    out.push_back(per_object_table(run, published,
                                   {"table-" + twelve, "Table " + twelve + ": detection and localisation",
                                    "localisation", detection, twelve, is_visa ? 2 : 1}));
  if (has_task(run, "classification")) out.push_back(accuracies(run, published));
  if (!is_visa && (has_task(run, "synthesis") || has_task(run, "judge")))
    out.push_back(per_object_table(run, published,
                                   {"table-14",
                                    "Table 14: synthesis quality",
                                    "",
                                    {"il", "il_a", "refad", "cons", "reas", "qual"},
                                    "14",
                                    2}));
  return out;
}

}  // namespace unidg::evaluation::report
