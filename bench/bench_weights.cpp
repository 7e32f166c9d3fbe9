// Opening a full-size transformer: a sparse 24 GB bf16 file with the real names and shapes.
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "unidg/models/flux/transformer.h"
#include "unidg/weights/scope.h"

namespace {

using namespace unidg;

/// Remembers every name and shape a network asks for.
class Recorder : public weights::Source {
 public:
  std::string describe() const override { return "recorder"; }
  bool contains(const std::string&) const override { return true; }
  std::vector<std::string> names() const override { return {}; }
  std::vector<std::int64_t> shape(const std::string&) const override { return {}; }
  torch::Tensor load(const std::string&) const override { return {}; }
  bool invents() const override { return true; }
  torch::Tensor make(const std::string& name, torch::IntArrayRef shape) const override {
    seen.emplace_back(name, shape.vec());
    return torch::empty(shape, torch::TensorOptions(torch::kMeta));
  }
  mutable std::vector<std::pair<std::string, std::vector<std::int64_t>>> seen;
};

std::filesystem::path synthetic_file() {
  const auto path = std::filesystem::temp_directory_path() / "unidg-bench-transformer.safetensors";
  const auto recorder = std::make_shared<Recorder>();
  models::FluxTransformer network(weights::Scope(recorder, {torch::kFloat32, torch::kMeta}),
                                  models::flux_fill());
  nlohmann::json header;
  std::size_t at = 0;
  std::sort(recorder->seen.begin(), recorder->seen.end());
  for (const auto& [name, shape] : recorder->seen) {
    std::size_t bytes = 2;
    for (const auto n : shape) bytes *= static_cast<std::size_t>(n);
    header[name] = {{"dtype", "BF16"}, {"shape", shape}, {"data_offsets", {at, at + bytes}}};
    at += bytes;
  }
  auto text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::ofstream out(path, std::ios::binary);
  const std::uint64_t length = text.size();
  out.write(reinterpret_cast<const char*>(&length), 8);
  out << text;
  out.close();
  std::filesystem::resize_file(path, 8 + text.size() + at);
  return path;
}

double resident_mib() {
  std::ifstream in("/proc/self/statm");
  double total = 0, resident = 0;
  in >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

/// Header, checks and a network whose weights are views of the map; bf16 stays bf16 until it is used.
void open_transformer(benchmark::State& state) {
  const auto path = synthetic_file();
  double grown = 0;
  for (auto _ : state) {
    const double before = resident_mib();
    const weights::Scope scope(weights::open_source(path), {torch::kBFloat16, torch::kCPU});
    models::FluxTransformer network(scope, models::flux_fill());
    scope.require_all_used();
    grown = resident_mib() - before;
  }
  state.counters["file_GB"] = static_cast<double>(std::filesystem::file_size(path)) / 1e9;
  state.counters["rss_growth_MiB"] = grown;
  std::filesystem::remove(path);
}
BENCHMARK(open_transformer)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
