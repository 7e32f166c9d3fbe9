#include "unidg/evaluation/downstream/multiclass.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/core/rng.h"
#include "unidg/evaluation/downstream/segmenter.h"

namespace unidg::evaluation {
namespace {

std::vector<std::string> class_names(const std::vector<ProductSets>& products) {
  std::vector<std::string> out;
  for (const auto& product : products)
    for (const auto& type : product.training.types) out.push_back(product.product + "/" + type);
  std::sort(out.begin(), out.end());
  if (std::adjacent_find(out.begin(), out.end()) != out.end())
    throw UsageError("multi-class training: a product is given twice");
  if (out.size() > 255)
    throw UsageError("multi-class training: ", out.size(), " types; at most 255 are possible");
  out.insert(out.begin(), "background");
  return out;
}

std::vector<int> classes_of(const ProductSets& product, const std::vector<std::string>& names) {
  std::vector<int> out;
  for (const auto& type : product.training.types)
    out.push_back(static_cast<int>(std::find(names.begin(), names.end(), product.product + "/" + type) -
                                   names.begin()));
  return out;
}

/// Probability of any defect (docs/evaluation.md, Downstream training; docs/choices.md 70). @param classes
/// [C, S, S]
torch::Tensor merged(const torch::Tensor& classes, const std::string& merge) {
  return merge == "max" ? std::get<0>(classes.slice(0, 1).max(0)) : 1 - classes[0];
}

cv::Mat predicted_classes(const torch::Tensor& classes, cv::Size wanted) {
  const auto best = classes.argmax(0).to(torch::kUInt8).contiguous();
  const cv::Mat view(static_cast<int>(best.size(0)), static_cast<int>(best.size(1)), CV_8UC1,
                     best.data_ptr());
  cv::Mat out;
  cv::resize(view, out, wanted, 0, 0, cv::INTER_NEAREST);
  return out;
}

/// Probabilities [C, S, S] of one picture.
using Answers = std::function<torch::Tensor(const cv::Mat& image)>;

/// What a network says of one product's test set.
struct Judged {
  DetectionScorer maps;
  std::vector<ConfusionMatrix> pictures;
};

/// Asks the network about one product's test set. @param net sizes of its maps and of what is scored
Judged judge(const Answers& answers, const ProductSets& product, const std::vector<std::string>& names,
             const LocalisationConfig& net, const std::string& merge, const MetricConfig& metric) {
  const auto class_of_label = classes_of(product, names);
  Judged out{DetectionScorer(metric), {}};
  for (const auto& sample : product.test.samples) {
    const auto probabilities = answers(sample.image);
    const auto truth = scored_truth(sample, net);
    out.maps.add(scored_map(merged(probabilities, merge), sample.image.size(), net), truth, sample.name);
    cv::Mat true_class = cv::Mat::zeros(truth.size(), CV_8UC1);
    if (sample.label >= 0) true_class.setTo(class_of_label.at(static_cast<std::size_t>(sample.label)), truth);
    out.pictures.emplace_back(names);
    out.pictures.back().add(true_class, predicted_classes(probabilities, truth.size()), sample.name);
  }
  return out;
}

}  // namespace

MulticlassConfig MulticlassConfig::cpu() {
  MulticlassConfig c;
  c.net = LocalisationConfig::cpu();
  return c;
}

void fields(FieldVisitor& visit, MulticlassConfig& c) {
  visit.group("net", c.net);
  visit("merge", c.merge, one_of({"one_minus_bg", "max"}), "binary score of a multi-class map");
}

MulticlassScores multiclass(const std::vector<ProductSets>& products, const MulticlassConfig& config,
                            const TrainingOptions& options, const MetricConfig& metric,
                            const Backbone& backbone) {
  const auto names = class_names(products);
  for (const auto& product : products) {
    const auto what = options.what + ": " + product.product;
    require_valid(product.training, what);
    require_valid(product.test, product.training.types.size(), what);
  }
  MulticlassScores out{.pixels = ConfusionMatrix(names)};
  const auto score = [&](const Answers& answers, const LocalisationConfig& net) {
    for (const auto& product : products) {
      auto judged = judge(answers, product, names, net, config.merge, metric);
      out.products.push_back(product.product);
      out.detection.push_back(judged.maps.result());
      for (const auto& picture : judged.pictures) out.pixels.add(picture);
      out.maps.push_back(std::move(judged.maps));
      out.pictures.push_back(std::move(judged.pictures));
    }
  };
  if (learns_on_maps(config.net, backbone)) {
    DenseHead head(backbone, static_cast<std::int64_t>(names.size()));
    for (const auto& product : products)
      head.add(product.training, classes_of(product, names), config.net.head, options.seed);
    out.training = head.fit(config.net.head, options.seed);
    auto sizes = config.net;
    sizes.recipe.size = head.grid();
    score([&](const cv::Mat& image) { return head.probabilities(image); }, sizes);
    return out;
  }

  SegmentationSet prepared(config.net.recipe.size, config.net.mask_share);
  for (const auto& product : products) prepared.add(product.training, classes_of(product, names));
  Segmenter net(config.net, names, options.seed);
  const Answers answers = [&](const cv::Mat& image) { return net.probabilities({image})[0]; };
  const auto foreground_iou = [&] {
    ConfusionMatrix pixels(names);
    for (const auto& product : products)
      for (const auto& picture : judge(answers, product, names, config.net, config.merge, metric).pictures)
        pixels.add(picture);
    return pixels.foreground_iou().value_or(0);
  };
  out.training = net.train(prepared, options, foreground_iou);
  score(answers, config.net);
  return out;
}

Draws draws_of(const MulticlassScores& scores, int rounds, std::uint64_t seed) {
  Draws out;
  for (const auto& maps : scores.maps)
    for (const auto& [name, values] : maps.draws(rounds, seed)) {
      auto& sum = out[name];
      sum.resize(values.size());
      for (std::size_t i = 0; i < values.size(); ++i)
        sum[i] += values[i] / static_cast<double>(scores.maps.size());
    }
  for (int round = 0; round < rounds; ++round) {
    ConfusionMatrix pixels(scores.pixels.names());
    for (const auto& pictures : scores.pictures) {
      Rng rng(seed, static_cast<std::uint64_t>(round));  // the pictures of DetectionScorer::draws
      for (std::size_t i = 0; i < pictures.size(); ++i) pixels.add(rng.pick(pictures));
    }
    out["fg_miou"].push_back(pixels.foreground_iou().value_or(std::nan("")));
    out["miou"].push_back(pixels.mean_iou().value_or(std::nan("")));
  }
  return out;
}

}  // namespace unidg::evaluation
