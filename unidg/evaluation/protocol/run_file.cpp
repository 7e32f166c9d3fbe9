#include "unidg/evaluation/protocol/run_file.h"

#include <ctime>
#include <fstream>
#include <set>
#include <thread>

#include "unidg/core/error.h"
#include "unidg/core/version.h"
#include "unidg/evaluation/protocol/generators.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;
namespace {

/// Cells may be added along these.
const std::set<std::string> kAxes = {"name", "data", "products", "generators", "seeds", "tasks"};

std::string now_utc() {
  char date[32];
  const auto now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return date;
}

/// The value behind "key : value" of a /proc file; "" elsewhere.
std::string proc_value(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind(key, 0) != 0) continue;
    const auto colon = line.find(':');
    return colon == std::string::npos ? "" : line.substr(line.find_first_not_of(" \t", colon + 1));
  }
  return "";
}

Json machine() {
  const auto memory_kib = std::strtod(proc_value("/proc/meminfo", "MemTotal").c_str(), nullptr);
  return {{"cpu", proc_value("/proc/cpuinfo", "model name")},
          {"cores", std::thread::hardware_concurrency()},
          {"memory_gib", std::round(memory_kib / (1 << 20) * 10) / 10},
          {"device", torch::cuda::is_available() ? "cuda" : "cpu"}};
}

Json describe_product(const std::string& configured, Sets& sets) {
  const auto data = sets.product(product_name(configured));
  auto types = Json::array();
  for (const auto& type : data->product.types)
    types.push_back({{"name", type.name},
                     {"images", type.pool.size() + type.test.size()},
                     {"pool", type.pool.size()},
                     {"test", type.test.size()}});
  return {{"name", data->product.name},
          {"folder", configured},
          {"good_train", data->product.good_train.size()},
          {"good_test", data->product.good_test.size()},
          {"types", types},
          {"left_out", data->product.left_out},
          {"data_sha256", data->guard->data_sha256()}};
}

Json describe_generator(const GeneratorSpec& spec) {
  const auto cost = cost_of(spec);
  return {{"name", spec.name},
          {"kind", spec.kind},
          {"label", spec.shown()},
          {"model", spec.model},
          {"loras", spec.loras},
          {"folder", spec.folder},
          {"pick", spec.pick},
          {"references", spec.references},
          {"parameters", cost.parameters ? Json(cost.parameters) : Json()},
          {"weights_sha256", cost.weights},
          {"settings", spec.settings}};
}

const Json* named(const Json& list, const std::string& name) {
  for (const auto& one : list)
    if (one.at("name") == name) return &one;
  return nullptr;
}

}  // namespace

Json describe_run(const RunConfig& config, const RunOptions& options, Sets& sets) {
  auto products = Json::array(), generators = Json::array();
  for (const auto& product : config.products) products.push_back(describe_product(product, sets));
  for (const auto& spec : config.specs()) generators.push_back(describe_generator(spec));
  return {{"format", 1},
          {"name", config.name},
          {"version", kVersion},
          {"date", now_utc()},
          {"config", echo_fields(config)},
          {"switches", switches_in_force(config)},
          {"deviations", deviations(config)},
          {"as_published", options.as_published},
          {"products", products},
          {"generators", generators},
          {"seeds", config.seeds},
          {"tasks", config.tasks},
          {"cells", cells_of(config).size()},
          {"machine", machine()}};
}

void refuse_other_run(const Json& stored, const Json& now, const fs::path& file) {
  const auto refuse = [&](const std::string& what, const Json& then, const Json& asked) {
    throw UsageError(
        file.string(), ": this run was started with ", what, " = ", then.dump(), ", now it is ", asked.dump(),
        ". A run may get more products, generators, seeds or tasks, but no other settings: choose "
        "another --out.");
  };
  for (const auto& [key, value] : now.at("config").items())
    if (!kAxes.count(key) && stored.at("config").value(key, Json()) != value)
      refuse(key, stored.at("config").value(key, Json()), value);
  for (const auto& generator : now.at("generators")) {
    const auto* before = named(stored.at("generators"), generator.at("name"));
    if (!before) continue;
    for (const auto& [key, value] : generator.items())
      if (key != "label" && before->value(key, Json()) != value)
        refuse(text("generator ", generator.at("name").get<std::string>(), ", ", key),
               before->value(key, Json()), value);
  }
  for (const auto& product : now.at("products"))
    if (const auto* before = named(stored.at("products"), product.at("name")))
      if (before->at("data_sha256") != product.at("data_sha256"))
        refuse(text("the pictures of ", product.at("name").get<std::string>()), before->at("data_sha256"),
               product.at("data_sha256"));
}

Json deciding(const RunConfig&, const Json& run, const Cell& cell) {
  Json out = {{"cell", cell.key()}, {"version", run.at("version")}};
  for (const auto& [key, value] : run.at("config").items())
    if (!kAxes.count(key)) out["config"][key] = value;
  auto generator = *named(run.at("generators"), cell.generator);
  generator.erase("label");
  out["generator"] = generator;
  for (const auto& product : run.at("products"))
    if (cell.product == "*" || product.at("name") == cell.product)
      out["data"][product.at("name").get<std::string>()] = product.at("data_sha256");
  return out;
}

}  // namespace unidg::evaluation
