#include <map>

#include "unidg/evaluation/protocol/product.h"
#include "unidg/evaluation/protocol/run.h"
#include "unidg/generation/model_files.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;
namespace {

/// Seconds of fitting a head of every place, features included.
double head_seconds(const DenseHeadConfig& head, double pictures, double products) {
  constexpr double kMapSeconds = 0.1;
  return kMapSeconds * (pictures + products * static_cast<double>(head.good_pictures)) + 3;
}

/// Seconds of a U-Net training on two cores of 2020: samples times the cost of one, measured at base width 16
/// and 128 px, which grows with the square of both.
double segmenter_seconds(const LocalisationConfig& net) {
  constexpr double kSampleSeconds = 0.02;
  const double width = net.base_width / 16.0, size = net.recipe.size / 128.0;
  return kSampleSeconds * width * width * size * size *
         static_cast<double>(net.recipe.epochs * net.recipe.epoch_samples);
}

/// Seconds of classifying: features once a picture for a linear head, else epochs of a ResNet.
double classifier_seconds(const ClassificationConfig& c, double pictures) {
  constexpr double kFeatureSeconds = 0.02, kResNetSeconds = 0.35;
  if (c.network == "linear") return kFeatureSeconds * pictures + 3;
  const double samples = c.recipe.epoch_samples ? static_cast<double>(c.recipe.epoch_samples) : 5 * pictures;
  const double size = c.recipe.size / 256.0;
  return (c.network == "small" ? 0.05 : 1) * kResNetSeconds * size * size * samples *
         static_cast<double>(c.recipe.epochs);
}

double picture_seconds(const GeneratorSpec& spec) {
  const bool is_ours = spec.kind == "model" || spec.kind == "insert-anything";
  if (spec.kind == "embedded" || (is_ours && generation::is_small_model(spec.model))) return 0.6;
  if (is_ours) return 600;  // a full-size model on a CPU
  return 0.15;
}

std::size_t types_of(const RunConfig& config, const std::string& product, std::size_t& pictures) {
  if (product.rfind("procedural:", 0) == 0) {
    pictures = static_cast<std::size_t>(config.drawn.good_test + config.drawn.types * config.drawn.per_type);
    return static_cast<std::size_t>(config.drawn.types);
  }
  const auto read = read_product(fs::path(config.data) / product, config.split);
  pictures = read.good_test.size() + read.abnormal_test();
  return read.types.size();
}

}  // namespace

Estimate estimate_run(const RunConfig& config, const fs::path& out) {
  Estimate estimate;
  const Ledger ledger(out);
  std::map<std::string, double> pictures_of, test_of;
  double all_test = 0, all_pictures = 0;
  const auto detector_seconds = [&](const LocalisationConfig& net, double pictures, double products) {
    return net.network == "maps" && !config.backbone.empty() ? head_seconds(net.head, pictures, products)
                                                             : segmenter_seconds(net);
  };
  for (const auto& product : config.products) {
    std::size_t test = 0;
    const auto types = types_of(config, product, test);
    pictures_of[product_name(product)] =
        static_cast<double>(config.per == "type" ? static_cast<std::size_t>(config.n) * types
                                                 : static_cast<std::size_t>(config.n));
    test_of[product_name(product)] = static_cast<double>(test);
    all_test += static_cast<double>(test);
    all_pictures += pictures_of[product_name(product)];
  }

  for (const auto& spec : config.specs()) {
    if (spec.kind == "real-only" || spec.sees_test_half()) continue;
    const double measured = ledger.seconds_per_picture(spec.name);
    estimate.is_measured |= measured >= 0;
    for (const auto seed : config.seeds) {
      for (const auto& [product, pictures] : pictures_of) {
        if (fs::exists(out / "generated" / spec.name / product / text("seed-", seed) / "guard.json"))
          continue;
        estimate.pictures += static_cast<std::size_t>(pictures);
        estimate.generate_seconds += pictures * (measured >= 0 ? measured : picture_seconds(spec));
      }
    }
  }

  constexpr double kScoreSeconds = 0.15;  // a test picture: its map and the scores
  for (const auto& cell : cells_of(config)) {
    ++estimate.cells;
    if (ledger.finished(cell.key())) {
      ++estimate.finished;
      continue;
    }
    double seconds = ledger.seconds_of(cell.task);
    if (seconds >= 0) {
      estimate.is_measured = true;
    } else if (cell.task == "localisation") {
      seconds = detector_seconds(config.localisation, pictures_of.at(cell.product), 1) +
                kScoreSeconds * test_of.at(cell.product);
    } else if (cell.task == "multiclass") {
      seconds = detector_seconds(config.multiclass.net, all_pictures, static_cast<double>(test_of.size())) +
                kScoreSeconds * all_test;
    } else if (cell.task == "classification") {
      seconds =
          classifier_seconds(config.classification, pictures_of.at(cell.product) + test_of.at(cell.product));
    } else if (cell.task == "calibration") {
      seconds = kScoreSeconds * (pictures_of.at(cell.product) + test_of.at(cell.product));
    } else {
      seconds = 0.2 * pictures_of.at(cell.product);
    }
    estimate.seconds[cell.task] = estimate.seconds.value(cell.task, 0.0) + seconds;
  }
  estimate.total_seconds = estimate.generate_seconds;
  for (const auto& [task, seconds] : estimate.seconds.items())
    estimate.total_seconds += seconds.get<double>();
  return estimate;
}

}  // namespace unidg::evaluation
