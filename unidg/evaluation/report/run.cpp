#include "unidg/evaluation/report/run.h"

#include <algorithm>
#include <set>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/evaluation/report/fields_of.h"
#include "unidg/evaluation/report/judged.h"

namespace unidg::evaluation::report {
namespace fs = std::filesystem;
namespace {

Scores scores_of(const Json& json, const std::string& where) {
  const Json holder = {{"scores", json}};
  return FieldsOf(holder, where).numbers("scores");
}

Points points_of(const Json& list, const std::string& where) {
  Points out;
  for (const Json& point : list) {
    const bool is_point =
        point.is_array() && point.size() == 2 && point[0].is_number() && point[1].is_number();
    if (!is_point)
      throw FormatError(where, ": a curve is a list of [x, y], found ", point.dump().substr(0, 40));
    out.push_back({point[0].get<double>(), point[1].get<double>()});
  }
  return out;
}

Result read_result(const JsonLine& line) {
  FieldsOf fields(line.json, line.where);
  Result out;
  out.cell = fields.text("cell"), out.task = fields.text("task"), out.product = fields.text("product");
  out.generator = fields.text("generator"), out.seed = fields.integer("seed");
  out.scores = fields.numbers("scores");
  for (const auto& [name, value] : fields.object("scores").items())
    if (value.is_null()) out.undefined.push_back(name);
  out.settings_hash = fields.text_or("settings_hash", "");
  out.seconds = fields.number("seconds"), out.n_generated = fields.number("n_generated");
  for (const auto& [score, pair] : fields.object("intervals").items()) {
    if (pair.is_null()) continue;
    const Points ends = points_of(Json::array({pair}), line.where + ": intervals." + score);
    out.intervals[score] = ends.front();
  }
  for (const auto& [type, scores] : fields.object("per_type").items())
    out.per_type[type] = scores_of(scores, line.where + ": per_type." + type);
  for (const auto& [product, scores] : fields.object("per_product").items())
    out.per_product[product] = scores_of(scores, line.where + ": per_product." + product);
  out.other_half = fields.numbers("other_half");
  for (const auto& [name, points] : fields.object("curves").items())
    out.curves[name] = points_of(points, line.where + ": curves." + name);
  for (const Json& item : fields.list("worst")) {
    FieldsOf worst(item, line.where + ": worst");
    out.worst.push_back({worst.text("image"), worst.text_or("type", ""), worst.text_or("why", ""),
                         worst.number("score").value_or(0)});
    worst.finish();
  }
  out.notes = fields.texts("notes");
  FieldsOf trained(fields.object("trained"), line.where + ": trained");
  out.network = trained.text_or("network", ""), out.preset = trained.text_or("preset", "");
  for (const char* name : {"confusion", "test", "thresholds", "date"}) fields.ignore(name);
  fields.finish();
  return out;
}

std::vector<Result> read_results(const fs::path& file, std::vector<std::string>& warnings) {
  std::vector<Result> out;
  for (const JsonLine& line : read_json_lines(file.string(), warnings)) {
    Result result = read_result(line);
    const auto same =
        std::find_if(out.begin(), out.end(), [&](const Result& r) { return r.cell == result.cell; });
    if (same == out.end()) {
      out.push_back(std::move(result));
      continue;
    }
    if (same->settings_hash != result.settings_hash)
      throw FormatError(line.where, ": cell '", result.cell, "' was computed before with other settings (",
                        same->settings_hash, ", now ", result.settings_hash,
                        "). Two runs share this folder: give each its own.");
    *same = std::move(result);
  }
  return out;
}

Product read_product(const Json& json, const std::string& where) {
  FieldsOf fields(json, where);
  Product out;
  out.name = fields.text("name"), out.folder = fields.text_or("folder", "");
  out.data_sha256 = fields.text_or("data_sha256", "");
  out.good_train = static_cast<int>(fields.integer_or("good_train", 0));
  out.good_test = static_cast<int>(fields.integer_or("good_test", 0));
  for (const Json& item : fields.list("types")) {
    FieldsOf type(item, where + ": types");
    out.types.push_back({type.text("name"), static_cast<int>(type.integer_or("images", 0)),
                         static_cast<int>(type.integer_or("pool", 0)),
                         static_cast<int>(type.integer_or("test", 0))});
  }
  return out;
}

void read_head(Run& run) {
  const fs::path file = run.folder / "run.json";
  if (!fs::exists(file))
    throw InputError(file.string(),
                     ": no such file. A run folder is written by `unidg evaluate run CONFIG.json`.");
  const Json json = parse_json(read_file(file), file.string());
  const std::string where = file.string();
  FieldsOf fields(json, where);
  if (const auto format = fields.integer("format"); format != 1)
    throw FormatError(where, ": format ", format, ", this program reads 1. Use the version that wrote it (",
                      fields.text_or("version", "unknown"), ").");
  run.name = fields.text_or("name", run.folder.filename().string());
  run.version = fields.text_or("version", ""), run.date = fields.text_or("date", "");
  run.config = fields.object("config"), run.machine = fields.object("machine");
  for (const Json& item : fields.list("switches")) {
    FieldsOf s(item, where + ": switches");
    run.switches.push_back({s.text("name"), s.text_or("value", ""), s.text_or("ours", ""),
                            s.text_or("published", ""), s.text_or("meaning", "")});
  }
  run.deviations = fields.texts("deviations"), run.as_published = fields.flag_or("as_published", false);
  for (const Json& item : fields.list("products"))
    run.products.push_back(read_product(item, where + ": products"));
  for (const Json& item : fields.list("generators")) {
    FieldsOf g(item, where + ": generators");
    Generator out{g.text("name"), g.text_or("kind", ""), g.text_or("model", ""), "", g.number("parameters")};
    out.label = g.text_or("label", out.name);
    if (out.is_oracle()) out.label += " (other half)";
    run.generators.push_back(std::move(out));
  }
  for (const Json& seed : fields.list("seeds")) {
    if (!seed.is_number_integer()) fields.refuse("seeds", seed, "integers");
    run.seeds.push_back(seed.get<std::int64_t>());
  }
  run.tasks = fields.texts("tasks"), run.cells = fields.integer_or("cells", 0);
  fields.finish();
}

GeneratedSet read_set(const JsonLine& line) {
  FieldsOf f(line.json, line.where);
  GeneratedSet out;
  out.generator = f.text("generator"), out.product = f.text("product"), out.seed = f.integer("seed");
  out.folder = f.text_or("folder", ""), out.model = f.text_or("model", "");
  out.n = f.number("n"), out.weak = f.number("weak"), out.failed = f.number("failed");
  out.seconds = f.number("seconds"), out.seconds_per_picture = f.number("seconds_per_picture");
  out.width = f.number("width"), out.height = f.number("height"), out.steps = f.number("steps");
  out.parameters = f.number("parameters");
  return out;
}

/// Refuses results of what run.json does not know: the files of two runs are mixed.
void check_names(const Run& run) {
  const auto known = [](const auto& list, const std::string& name) {
    return std::any_of(list.begin(), list.end(), [&](const auto& item) { return item.name == name; });
  };
  for (const Result& result : run.results) {
    if (!known(run.generators, result.generator))
      throw FormatError((run.folder / "results.jsonl").string(), ": cell '", result.cell,
                        "' is of generator '", result.generator,
                        "', which run.json does not list. Do both files belong to one run?");
    if (result.product != kAllProducts && !known(run.products, result.product))
      throw FormatError((run.folder / "results.jsonl").string(), ": cell '", result.cell, "' is of product '",
                        result.product, "', which run.json does not list. Do both files belong to one run?");
  }
}

/// Cells of the plan without a result. What failed is known by name; the rest is products x generators x
/// seeds of every task, unless the run has as many results as cells.
std::vector<MissingCell> find_missing(const Run& run, std::vector<std::string>& warnings) {
  std::set<std::string> done;
  std::int64_t finished = 0;  // what a judge said is no cell of the run
  const auto key = [](const std::string& task, const std::string& product, const std::string& generator,
                      std::int64_t seed) { return text(task, '/', product, '/', generator, '/', seed); };
  std::set<std::string> has_all;  // tasks with one network for all products
  for (const Result& r : run.results) {
    done.insert(key(r.task, r.product, r.generator, r.seed));
    finished += r.task == "judge" ? 0 : 1;
    if (r.product == kAllProducts) has_all.insert(r.task);
  }
  std::vector<MissingCell> out;
  std::set<std::string> listed;
  const fs::path file = run.folder / "failures.jsonl";
  if (fs::exists(file))
    for (const JsonLine& line : read_json_lines(file.string(), warnings)) {
      FieldsOf f(line.json, line.where);
      MissingCell cell{f.text("task"), f.text("product"), f.text("generator"), f.integer("seed"),
                       f.text_or("error", "unknown error")};
      const std::string id = key(cell.task, cell.product, cell.generator, cell.seed);
      if (done.count(id) || !listed.insert(id).second) continue;
      out.push_back(std::move(cell));
    }
  if (run.cells > 0 && finished >= run.cells) return out;
  for (const auto& task : run.tasks) {
    std::vector<std::string> products;
    if (task == "multiclass" || has_all.count(task))
      products = {kAllProducts};
    else
      for (const Product& product : run.products) products.push_back(product.name);
    for (const auto& product : products)
      for (const Generator& generator : run.generators)
        for (const std::int64_t seed : run.seeds) {
          const std::string id = key(task, product, generator.name, seed);
          if (!is_asked(task, generator) || done.count(id) || !listed.insert(id).second) continue;
          out.push_back({task, product, generator.name, seed, ""});
        }
  }
  return out;
}

}  // namespace

bool is_asked(const std::string& task, const Generator& generator) {
  return task != "realism" || (generator.kind != "real-only" && !generator.is_oracle());
}

const Generator* Run::find_generator(const std::string& wanted) const {
  const auto found = std::find_if(generators.begin(), generators.end(),
                                  [&](const Generator& g) { return g.name == wanted; });
  return found == generators.end() ? nullptr : &*found;
}

std::string Run::label(const std::string& generator) const {
  const Generator* found = find_generator(generator);
  return found ? found->label : generator;
}

Run read_run(const fs::path& folder) {
  Run run;
  run.folder = folder;
  if (!fs::is_directory(folder)) throw InputError(folder.string(), ": no such folder");
  read_head(run);
  const fs::path results = folder / "results.jsonl";
  if (fs::exists(results)) run.results = read_results(results, run.warnings);
  if (run.results.empty())
    throw InputError(results.string(),
                     ": no results yet. `unidg evaluate run` appends one line a finished cell; "
                     "start it again, it goes on where it stopped.");
  check_names(run);
  for (Result& judged : read_judged(run)) run.results.push_back(std::move(judged));
  if (const fs::path sets = folder / "generated.jsonl"; fs::exists(sets))
    for (const JsonLine& line : read_json_lines(sets.string(), run.warnings))
      run.sets.push_back(read_set(line));
  run.missing = find_missing(run, run.warnings);
  return run;
}

}  // namespace unidg::evaluation::report
