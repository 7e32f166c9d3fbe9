// Scores of 83 maps of 900 x 900 (MVTec AD's bottle at its own size). bench/metrics_reference.py times
// scikit-learn and scikit-image on the same maps and says how to run both.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cstdlib>

#include "unidg/core/rng.h"
#include "unidg/evaluation/metrics/map_folders.h"

namespace {

using namespace unidg;

struct Map {
  cv::Mat score, truth;
};

/// The maps below $UNIDG_BENCH_MAPS (maps/, truth/), else drawn ones of the same kind.
std::vector<Map> maps() {
  std::vector<Map> out;
  if (const char* folder = std::getenv("UNIDG_BENCH_MAPS")) {
    const std::filesystem::path path = folder;
    for (const auto& file : evaluation::pair_maps(path / "maps", path / "truth"))
      out.push_back({evaluation::read_score_map(file.map),
                     file.truth ? evaluation::read_truth(*file.truth) : cv::Mat()});
    return out;
  }
  for (int i = 0; i < 83; ++i) {
    Map map{cv::Mat(900, 900, CV_32FC1), cv::Mat(900, 900, CV_8UC1, cv::Scalar(0))};
    Rng rng(1, static_cast<std::uint64_t>(i));
    for (int k = 0; k < (i < 20 ? 0 : 1 + i % 3); ++k)
      map.truth(cv::Rect(static_cast<int>(rng.integer(780)), static_cast<int>(rng.integer(780)), 120, 110)) =
          255;
    rng.fill_normal(map.score.ptr<float>(), map.score.total());
    map.score.setTo(1.5f, map.truth);
    out.push_back(map);
  }
  return out;
}

void score_maps(benchmark::State& state) {
  const auto input = maps();
  struct rusage before {};
  getrusage(RUSAGE_SELF, &before);
  evaluation::DetectionScores scores;
  for (auto _ : state) {
    evaluation::DetectionScorer scorer;
    for (const auto& map : input) scorer.add(map.score, map.truth);
    scores = scorer.result();
  }
  struct rusage after {};
  getrusage(RUSAGE_SELF, &after);
  state.counters["grown_MiB"] = static_cast<double>(after.ru_maxrss - before.ru_maxrss) / 1024;
  state.counters["auroc"] = scores.auroc_pixel.value_or(-1);
  state.counters["ap"] = scores.ap_pixel.value_or(-1);
  state.counters["pro"] = scores.pro.value_or(-1);
}
BENCHMARK(score_maps)->Iterations(1)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

void bootstrap_maps(benchmark::State& state) {
  evaluation::DetectionScorer scorer;
  for (const auto& map : maps()) scorer.add(map.score, map.truth);
  for (auto _ : state) benchmark::DoNotOptimize(scorer.bootstrap(1000, 1));
}
BENCHMARK(bootstrap_maps)
    ->Iterations(1)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
