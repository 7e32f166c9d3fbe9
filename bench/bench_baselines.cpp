// One picture of 512 px by each baseline, decoded inputs to result.
#include <benchmark/benchmark.h>

#include "unidg/baselines/baselines.h"
#include "unidg/procedural/procedural.h"

namespace {

using namespace unidg;

void baseline(benchmark::State& state, const std::string& name) {
  const auto generator = baselines::make(name);
  const auto defect = procedural::draw("metal", "scratch", 512, 512, 1);
  const auto reference = std::make_shared<const MaskedImage>(MaskedImage{defect.abnormal, defect.mask});
  const auto scene = procedural::draw("metal", "scratch", 512, 512, 100);
  int count = 0;
  for (auto _ : state) {
    generation::Request request{reference, scene.normal, scene.mask, 1, std::to_string(count++), "", 0};
    benchmark::DoNotOptimize(generator->generate(request));
  }
}

const auto registered = [] {
  for (const auto& name : baselines::names())
    if (name != "folder")
      benchmark::RegisterBenchmark(("baseline/" + name).c_str(), baseline, name)
          ->Unit(benchmark::kMillisecond);
  return true;
}();

}  // namespace
