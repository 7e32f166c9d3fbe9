#include <algorithm>
#include <map>

#include "unidg/core/error.h"
#include "unidg/evaluation/report/parameters.h"
#include "unidg/evaluation/report/tables.h"

namespace unidg::evaluation::report {
namespace {

/// 11,902,391,360
std::string grouped(std::int64_t count) {
  std::string out = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(out.size()) - 3; at > 0; at -= 3)
    out.insert(static_cast<std::size_t>(at), ",");
  return out;
}

Cell count_cell(std::optional<double> count) {
  return count ? Cell::words(grouped(static_cast<std::int64_t>(*count))) : Cell{};
}

/// Parameters of a generator: what its sets say, else what the run's head says.
std::optional<double> parameters_of(const Run& run, const Generator& generator) {
  for (const auto& set : run.sets)
    if (set.generator == generator.name && set.parameters) return set.parameters;
  return generator.parameters;
}

Table components(const Run& run, const Published& published) {
  Table out;
  out.id = "table-5", out.title = "Table 5: components and parameters";
  out.caption =
      "Counted: every stored number of the network at full size, from its layer sizes (the pooling head of "
      "SigLIP, "
      "15,238,352, is counted though Redux does not use it). This run: what the generator loads.";
  out.label_names = {"Component"};
  out.columns = {{"", "Printed"}, {"", "Counted"}, {"", "Used for synthesis from"}, {"", "Status"}};
  for (const auto& component : published.components()) {
    Cell printed = Cell::words(component.printed);
    if (component.id == "redux")
      printed.notes.push_back("Its layers 1152 -> 12288 -> 4096 hold 64.5M numbers with biases.");
    out.rows.push_back({component.group,
                        {component.name},
                        {printed, Cell::words(grouped(component_parameters(component.id))),
                         Cell::words(component.enabled), Cell::words(component.status)}});
  }
  for (const auto& generator : run.generators)
    if (generator.generates())
      out.rows.push_back(
          {"This run", {generator.label}, {{}, count_cell(parameters_of(run, generator)), {}, {}}});
  return out;
}

std::string size_words(const GeneratedSet& set) {
  return set.width && set.height ? fixed(*set.width, 0) + " x " + fixed(*set.height, 0) : "";
}

/// Rows of this run: one per generator and picture size, median over its sets.
void add_measured(Table& table, const Run& run) {
  for (const auto& generator : run.generators) {
    if (!generator.generates()) continue;
    std::map<std::string, std::vector<double>> by_size;
    std::map<std::string, std::optional<double>> steps;
    for (const auto& set : run.sets) {
      if (set.generator != generator.name || !set.seconds_per_picture) continue;
      by_size[size_words(set)].push_back(*set.seconds_per_picture);
      steps[size_words(set)] = set.steps;
    }
    if (by_size.empty())
      table.rows.push_back({"This run", {generator.label}, {Cell::words(generator.kind), {}, {}, {}}});
    for (const auto& [size, seconds] : by_size) {
      const auto summary = summarise(seconds);
      const auto iterations = steps[size];
      table.rows.push_back({"This run",
                            {generator.label},
                            {Cell::words(generator.kind), Cell::words(size),
                             iterations && *iterations > 0 ? Cell::number(*iterations, 0) : Cell{},
                             Cell::between(summary->median, summary->low, summary->high, 3)}});
    }
  }
}

Table times(const Run& run, const Published& published) {
  Table out;
  out.id = "table-10", out.title = "Table 10: seconds for one picture";
  std::string machine;
  if (run.machine.contains("cpu"))
    machine = " This run: " + (run.machine["cpu"].is_string() ? run.machine["cpu"].get<std::string>() : "") +
              (run.machine.contains("cores") ? ", " + run.machine["cores"].dump() + " cores" : "") +
              (run.machine.contains("device") && run.machine["device"].is_string()
                   ? ", device " + run.machine["device"].get<std::string>()
                   : "") +
              "; median over generated sets with the lowest and highest.";
  out.caption =
      "Times are not like for like: resolution and iterations differ from column to column of the paper's "
      "table, and "
      "the machines differ too." +
      machine;
  out.label_names = {"Method"};
  out.columns = {{"", "Paradigm"}, {"", "Resolution"}, {"", "Iterations"}, {"", "Seconds"}};
  for (const auto& time : published.times()) {
    std::string name = time.method == "unidg" ? "UniDG" : time.method;
    for (const auto& method : published.methods_of("1"))
      if (method.id == time.method) name = method.name;
    out.rows.push_back({"Printed",
                        {name},
                        {Cell::words(time.paradigm), Cell::words(time.resolution + " x " + time.resolution),
                         Cell::words(time.iterations), Cell::words(time.seconds)}});
  }
  add_measured(out, run);
  return out;
}

}  // namespace

std::vector<Table> cost_tables(const Run& run, const Published& published) {
  return {components(run, published), times(run, published)};
}

}  // namespace unidg::evaluation::report
