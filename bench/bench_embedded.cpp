// The embedded model, from request to picture; 512 px scenes drawn on the spot.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "unidg/generation/generator.h"
#include "unidg/procedural/procedural.h"

namespace {

using namespace unidg;

void embedded(benchmark::State& state) {
  generation::GenerateConfig config;
  config.paint.steps = 28;
  const auto generator = generation::DefectGenerator::load({}, config);
  const auto defect = procedural::draw("metal", "scratch", 512, 512, 1);
  const auto reference = std::make_shared<const MaskedImage>(MaskedImage{defect.abnormal, defect.mask});
  std::vector<generation::Request> requests;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const auto scene = procedural::draw("metal", "scratch", 512, 512, static_cast<std::uint64_t>(100 + i));
    requests.push_back({reference, scene.normal, scene.mask, 1, "bench-" + std::to_string(i)});
  }
  generator.generate(requests.front());
  for (auto _ : state) benchmark::DoNotOptimize(generator.generate(requests));
  struct ::rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_rss_MiB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}
BENCHMARK(embedded)->Arg(1)->Arg(16)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
