#include "unidg/core/error.h"
#include "unidg/core/progress.h"
#include "unidg/evaluation/downstream/calibration.h"
#include "unidg/evaluation/downstream/localisation.h"
#include "unidg/evaluation/protocol/cells.h"

namespace unidg::evaluation {
namespace {

constexpr std::size_t kAtOnce = 16;

TestSet test_of(const ProductData& data, bool sees_half) {
  if (!sees_half) return data.test;
  TestSet half;
  for (std::size_t i = 0; i < data.test.samples.size(); ++i)
    if (data.is_other_half[i]) half.samples.push_back(data.test.samples[i]);
  return half;
}

/// The detector of a cell. @param test as train_localiser
Localiser trained(const Cell& cell, const Bench& bench, const TrainingSet& set, const TestSet* test) {
  const auto& config = bench.config.localisation;
  const auto backbone = bench.backbone_of(config.network);
  const auto folder = bench.cell_folder(cell);
  TrainingOptions options{cell.seed, text(cell.product, ", ", cell.generator, ", seed ", cell.seed)};
  if (!learns_on_maps(config, backbone))
    options.save = folder / "net.safetensors", options.log = folder / "training.jsonl";
  return train_localiser(set, config, options, test, backbone);
}

/// Calls `take(i, map)` for every sample.
template <typename Take>
void for_each_map(const Localiser& localiser, const std::vector<Sample>& samples, const Take& take) {
  for (std::size_t start = 0; start < samples.size(); start += kAtOnce) {
    if (interrupted()) throw Interrupted("interrupted while scoring");
    std::vector<cv::Mat> images;
    for (std::size_t i = start; i < std::min(start + kAtOnce, samples.size()); ++i)
      images.push_back(samples[i].image);
    const auto maps = localiser.maps(images);
    for (std::size_t i = 0; i < maps.size(); ++i) take(start + i, maps[i]);
  }
}

JudgedMaps judged(const Localiser& localiser, const std::vector<Sample>& samples) {
  JudgedMaps out;
  for_each_map(localiser, samples, [&](std::size_t i, const cv::Mat& map) {
    out.maps.push_back(map);
    out.truths.push_back(localiser.truth(samples[i]));
  });
  return out;
}

}  // namespace

Json localise(const Cell& cell, const Bench& bench) {
  const auto& spec = bench.spec(cell.generator);
  const auto data = bench.sets.product(cell.product);
  const auto pictures = bench.sets.pictures(spec, cell.product, cell.seed);
  const bool sees_half = spec.sees_test_half();
  const auto test = test_of(*data, sees_half);
  const auto localiser = trained(cell, bench, pictures.set, &test);

  DetectionSheet sheet(bench.config, *data, bench.has_oracle());
  for_each_map(localiser, data->test.samples, [&](std::size_t i, const cv::Mat& map) {
    if (!sees_half || data->is_other_half[i]) sheet.add(i, map, localiser.truth(data->test.samples[i]));
  });
  auto line = sheet.fields();
  add_draws(line, sheet.draws(cell.seed), cell, bench);
  line["n_generated"] = pictures.set.defective.size();
  line["trained"] = to_json(localiser.training());
  line["notes"] = pictures.notes;
  return line;
}

Json calibrate_cell(const Cell& cell, const Bench& bench) {
  const auto& spec = bench.spec(cell.generator);
  const auto data = bench.sets.product(cell.product);
  const auto pictures = bench.sets.pictures(spec, cell.product, cell.seed);
  // The network of the localisation cell where there is one, else the same training again.
  auto other = cell;
  other.task = "localisation";
  const auto weights = bench.cell_folder(other) / "net.safetensors";
  std::error_code ignored;
  const auto localiser = std::filesystem::exists(weights, ignored)
                             ? Localiser::load(weights)
                             : trained(cell, bench, pictures.set, nullptr);

  // Thresholds come from pictures that the network has not learned from: those of the next seed.
  const auto& seeds = bench.config.seeds;
  std::vector<std::string> notes = pictures.notes;
  auto next = cell.seed;
  for (std::size_t i = 0; i < seeds.size(); ++i)
    if (seeds[i] == cell.seed) next = seeds[(i + 1) % seeds.size()];
  if (next == cell.seed)
    notes.push_back("one seed only: thresholds come from the pictures that were trained on");
  auto generated = bench.sets.pictures(spec, cell.product, next).set;
  auto samples = generated.defective;
  samples.insert(samples.end(), generated.good.begin(), generated.good.end());

  const auto scores =
      calibrate(judged(localiser, samples), judged(localiser, test_of(*data, spec.sees_test_half()).samples),
                bench.config.metrics);
  const auto number = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  return {{"scores",
           {{"f1_image", number(scores.real.f1_image)},
            {"f1_pixel", number(scores.real.f1_pixel)},
            {"f1_image_best", number(scores.ceiling.f1_image)},
            {"f1_pixel_best", number(scores.ceiling.f1_pixel)}}},
          {"n_generated", pictures.set.defective.size()},
          {"thresholds", {{"image", scores.learned.image}, {"pixel", scores.learned.pixel}}},
          {"trained", to_json(localiser.training())},
          {"notes", notes}};
}

}  // namespace unidg::evaluation
