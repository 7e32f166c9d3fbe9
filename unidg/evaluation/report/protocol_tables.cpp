#include <algorithm>
#include <map>

#include "unidg/core/error.h"
#include "unidg/evaluation/report/tables.h"

namespace unidg::evaluation::report {
namespace {

Table switches_table(const Run& run) {
  Table out;
  out.id = "switches", out.title = "Switches in force";
  out.caption = run.as_published         ? "The run was started as published."
                : run.deviations.empty() ? "Every switch is as we think right."
                                         : "Marked: not as we think right.";
  out.label_names = {"Switch"};
  out.columns = {{"", "This run"}, {"", "Ours"}, {"", "Published"}, {"", "Meaning"}};
  for (const Switch& s : run.switches) {
    Cell value = Cell::words(s.value);
    if (std::find(run.deviations.begin(), run.deviations.end(), s.name) != run.deviations.end())
      value.notes.push_back("Deviates from our default.");
    out.rows.push_back(
        {"", {s.name}, {value, Cell::words(s.ours), Cell::words(s.published), Cell::words(s.meaning)}});
  }
  return out;
}

Table data_table(const Run& run) {
  Table out;
  out.id = "data", out.title = "Data";
  out.caption =
      "Pool: the first third of each type's pictures, from which references are drawn. SHA-256 over the "
      "data.";
  out.label_names = {"Product", "Type"};
  out.columns = {{"Abnormal", "pictures"}, {"Abnormal", "pool"}, {"Abnormal", "test"},
                 {"Good", "train"},        {"Good", "test"},     {"", "SHA-256"}};
  for (const Product& product : run.products) {
    int images = 0, pool = 0, test = 0;
    for (const DefectType& type : product.types) images += type.images, pool += type.pool, test += type.test;
    out.rows.push_back({"",
                        {product.name, "all"},
                        {Cell::number(images, 0), Cell::number(pool, 0), Cell::number(test, 0),
                         Cell::number(product.good_train, 0), Cell::number(product.good_test, 0),
                         Cell::words(product.data_sha256.substr(0, 16))}});
    for (const DefectType& type : product.types)
      out.rows.push_back({"",
                          {product.name, type.name},
                          {Cell::number(type.images, 0),
                           Cell::number(type.pool, 0),
                           Cell::number(type.test, 0),
                           {},
                           {},
                           {}}});
  }
  return out;
}

/// How many pictures each generator gave, and how many of them failed or changed nothing.
Table sets_table(const Run& run) {
  Table out;
  out.id = "sets", out.title = "Generated sets";
  out.caption = "Summed over products and seeds. Weak: no visible change inside the mask.";
  out.label_names = {"Generator"};
  out.columns = {{"", "Kind"}, {"", "Pictures"}, {"", "Weak"}, {"", "Failed"}, {"", "Model"}};
  for (const Generator& generator : run.generators) {
    std::optional<double> n, weak, failed;
    std::string model;
    const auto add = [](std::optional<double>& sum, const std::optional<double>& value) {
      if (value) sum = sum.value_or(0) + *value;
    };
    for (const auto& set : run.sets)
      if (set.generator == generator.name)
        add(n, set.n), add(weak, set.weak), add(failed, set.failed), model = set.model;
    const auto cell = [](const std::optional<double>& value) {
      return value ? Cell::number(*value, 0) : Cell{};
    };
    out.rows.push_back(
        {"",
         {generator.label},
         {Cell::words(generator.kind), cell(n), cell(weak), cell(failed), Cell::words(model)}});
  }
  return out;
}

Table trainings_table(const Run& run) {
  Table out;
  out.id = "trainings", out.title = "Trainings";
  out.caption =
      "Finished cells of each task: the networks that were trained, and the median seconds of a cell.";
  out.label_names = {"Task"};
  out.columns = {{"", "Cells"}, {"", "Network"}, {"", "Preset"}, {"", "Seconds"}};
  std::vector<std::string> tasks;
  for (const Result& r : run.results)
    if (std::find(tasks.begin(), tasks.end(), r.task) == tasks.end()) tasks.push_back(r.task);
  for (const auto& task : tasks) {
    std::vector<double> seconds;
    std::vector<std::string> networks, presets;
    const auto note = [](std::vector<std::string>& list, const std::string& word) {
      if (!word.empty() && std::find(list.begin(), list.end(), word) == list.end()) list.push_back(word);
    };
    int cells = 0;
    for (const Result& r : run.results) {
      if (r.task != task) continue;
      ++cells;
      if (r.seconds) seconds.push_back(*r.seconds);
      note(networks, r.network), note(presets, r.preset);
    }
    const auto joined = [](const std::vector<std::string>& list) {
      std::string out;
      for (const auto& word : list) out += (out.empty() ? "" : ", ") + word;
      return out;
    };
    const auto summary = summarise(seconds);
    out.rows.push_back({"",
                        {task},
                        {Cell::number(cells, 0), Cell::words(joined(networks)), Cell::words(joined(presets)),
                         summary ? Cell::between(summary->median, summary->low, summary->high, 1) : Cell{}}});
  }
  return out;
}

/// What results say beside their numbers, joined over seeds.
Table notes_table(const Run& run) {
  Table out;
  out.id = "notes", out.title = "Notes of the results";
  out.label_names = {"Task", "Product", "Generator"};
  out.columns = {{"", "Seeds"}, {"", "Note"}};
  std::vector<std::vector<std::string>> order;  // task, product, generator, note
  std::map<std::vector<std::string>, std::string> seeds;
  std::map<std::string, std::vector<std::string>> common;
  for (const Result& r : run.results) {
    if (!common.count(r.task)) common[r.task] = common_notes(run, r.task);
    for (const auto& note : r.notes) {
      const bool is_common =
          std::find(common[r.task].begin(), common[r.task].end(), note) != common[r.task].end();
      std::vector<std::string> key = {r.task, r.product == kAllProducts ? "all" : r.product,
                                      run.label(r.generator), note};
      if (is_common) key = {r.task, "all", "all", note};
      std::string& list = seeds[key];
      if (list.empty()) order.push_back(key);
      if (is_common)
        list = "all";
      else
        list += (list.empty() ? "" : ", ") + std::to_string(r.seed);
    }
  }
  for (const auto& key : order)
    out.rows.push_back({"", {key[0], key[1], key[2]}, {Cell::words(seeds[key]), Cell::words(key[3])}});
  return out;
}

Table missing_table(const Run& run) {
  Table out;
  out.id = "missing", out.title = "Missing cells";
  const auto failed = std::count_if(run.missing.begin(), run.missing.end(),
                                    [](const MissingCell& cell) { return !cell.error.empty(); });
  out.caption = text(run.missing.size(), " cells have no result, ", failed,
                     " of them failed. The same `unidg evaluate run` computes them.");
  out.label_names = {"Task", "Product", "Generator"};
  out.columns = {{"", "Seeds"}, {"", "Reason"}};
  std::map<std::vector<std::string>, std::string> seeds;  // task, product, generator, error
  std::vector<std::vector<std::string>> order;
  for (const MissingCell& cell : run.missing) {
    const std::vector<std::string> key = {cell.task, cell.product == kAllProducts ? "all" : cell.product,
                                          run.label(cell.generator), cell.error};
    if (!seeds.count(key)) order.push_back(key);
    seeds[key] += (seeds[key].empty() ? "" : ", ") + std::to_string(cell.seed);
  }
  for (const auto& key : order)
    out.rows.push_back(
        {"",
         {key[0], key[1], key[2]},
         {Cell::words(seeds[key]), Cell::words(key[3].empty() ? "not run yet" : "failed: " + key[3])}});
  return out;
}

}  // namespace

std::vector<Table> protocol_tables(const Run& run) {
  std::vector<Table> out;
  if (!run.is_complete()) out.push_back(missing_table(run));
  if (!run.switches.empty()) out.push_back(switches_table(run));
  out.push_back(data_table(run));
  out.push_back(sets_table(run));
  out.push_back(trainings_table(run));
  if (Table notes = notes_table(run); !notes.rows.empty()) out.push_back(std::move(notes));
  return out;
}

}  // namespace unidg::evaluation::report
