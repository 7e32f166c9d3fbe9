#include "unidg/evaluation/downstream/dense_head.h"

#include <algorithm>
#include <chrono>

#include "unidg/core/error.h"
#include "unidg/core/progress.h"
#include "unidg/core/rng.h"
#include "unidg/evaluation/downstream/prepared.h"

namespace unidg::evaluation {
namespace {

/// Features of every cell of one picture. @returns [grid * grid, F]
torch::Tensor cells_of(const Backbone& backbone, const cv::Mat& image) {
  torch::NoGradGuard no_grad;
  const auto pixels = network_input(network_pixels(image, backbone.map_size).unsqueeze(0), torch::kCPU);
  return backbone.maps(pixels)[0].flatten(1).t().contiguous();
}

}  // namespace

void fields(FieldVisitor& visit, DenseHeadConfig& c) {
  visit("defective_cells", c.defective_cells, in(1, 1e6),
        "cells of a generated defect that are learned from");
  visit("sound_cells", c.sound_cells, in(1, 1e6), "cells beside a generated defect");
  visit("good_cells", c.good_cells, in(0, 1e6), "cells of a good picture");
  visit("good_pictures", c.good_pictures, in(0, 1e6), "good pictures of a product");
  visit("mask_share", c.mask_share, in(0, 1), "share of a cell above which it is defective in training");
  visit("weight_decay", c.weight_decay, in(0, 1e3), "penalty on the squared weights of the linear head");
  visit("hidden", c.hidden, in(0, 4096), "units of a hidden layer between features and classes; 0: none");
}

void DenseHead::add_cells(const Sample& sample, int mask_class, std::int64_t inside, std::int64_t outside,
                          double share, Rng& rng) {
  const auto all = cells_of(backbone_, sample.image);
  const cv::Mat mask = network_mask(sample.mask, backbone_.grid, share);
  std::vector<std::int64_t> defective, sound;
  for (int i = 0; i < backbone_.grid * backbone_.grid; ++i)
    (mask.at<std::uint8_t>(i / backbone_.grid, i % backbone_.grid) ? defective : sound).push_back(i);
  rng.shuffle(defective), rng.shuffle(sound);
  defective.resize(std::min(defective.size(), static_cast<std::size_t>(inside)));
  sound.resize(std::min(sound.size(), static_cast<std::size_t>(outside)));
  std::vector<std::int64_t> chosen = defective;
  chosen.insert(chosen.end(), sound.begin(), sound.end());
  if (chosen.empty()) return;
  features_.push_back(all.index_select(0, torch::tensor(chosen)));
  labels_.insert(labels_.end(), defective.size(), mask_class);
  labels_.insert(labels_.end(), sound.size(), 0);
}

void DenseHead::add(const TrainingSet& set, const std::vector<int>& class_of_label,
                    const DenseHeadConfig& config, std::uint64_t seed) {
  Rng rng(seed, "dense head");
  for (const auto& sample : set.defective) {
    if (interrupted()) throw Interrupted("interrupted while features were computed");
    add_cells(sample, class_of_label.at(static_cast<std::size_t>(sample.label)), config.defective_cells,
              config.sound_cells, config.mask_share, rng);
  }
  const auto count = std::min(set.good.size(), static_cast<std::size_t>(config.good_pictures));
  for (std::size_t i = 0; i < count; ++i)
    add_cells(set.good[i * set.good.size() / count], 0, 0, config.good_cells, config.mask_share, rng);
}

TrainingReport DenseHead::fit(const DenseHeadConfig& config, std::uint64_t seed) {
  const auto start = std::chrono::steady_clock::now();
  const auto features = torch::cat(features_);
  features_.clear();
  const auto labels = torch::tensor(labels_);
  TrainingReport out;
  if (config.hidden > 0) {
    HiddenHeadConfig hidden;
    hidden.units = config.hidden;
    const auto head = fit_hidden_head(features, labels, classes_, hidden, seed);
    out.network = text(hidden.members, " heads with a hidden layer of ", hidden.units, " of every place on ",
                       backbone_.name);
    out.parameters = head.parameters();
    out.losses = {head.loss};
    logits_ = [head](const torch::Tensor& cells) { return head.logits(cells); };
  } else {
    const auto head = fit_linear_head(features, labels, classes_, config.weight_decay);
    out.network = "linear head of every place on " + backbone_.name;
    out.parameters = head.weight.numel() + head.bias.numel();
    out.losses = {head.loss};
    logits_ = [head](const torch::Tensor& cells) { return head.logits(cells); };
  }
  out.samples = static_cast<std::int64_t>(labels_.size());
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

torch::Tensor DenseHead::probabilities(const cv::Mat& image) const {
  torch::NoGradGuard no_grad;
  const auto classes = logits_(cells_of(backbone_, image)).softmax(1);
  return classes.t().reshape({classes_, backbone_.grid, backbone_.grid}).contiguous();
}

}  // namespace unidg::evaluation
