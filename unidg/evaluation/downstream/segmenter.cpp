#include "unidg/evaluation/downstream/segmenter.h"

#include <opencv2/imgproc.hpp>

#include "unidg/evaluation/downstream/focal_loss.h"
#include "unidg/evaluation/downstream/trainer.h"

namespace unidg::evaluation {
namespace {

models::UnetConfig unet_config(const LocalisationConfig& config, std::size_t classes) {
  return {.outputs = static_cast<std::int64_t>(classes), .base_width = config.base_width};
}

const LocalisationConfig& checked(const LocalisationConfig& config) {
  if (config.recipe.size % 32 != 0)
    throw UsageError("recipe.size is ", config.recipe.size, "; the U-Net needs a multiple of 32");
  if (config.recipe.epoch_samples < 1)
    throw UsageError("recipe.epoch_samples must be at least 1 for a U-Net");
  return config;
}

}  // namespace

Segmenter::Segmenter(const LocalisationConfig& config, std::vector<std::string> classes, models::Unet net)
    : config_(checked(config)),
      classes_(std::move(classes)),
      device_(training_device(config.recipe)),
      net_(std::move(net)) {
  net_->to(device_);
  net_->eval();
}

Segmenter::Segmenter(const LocalisationConfig& config, std::vector<std::string> classes, std::uint64_t seed)
    : Segmenter(config, classes, models::fresh_unet(unet_config(config, classes.size()), seed)) {}

torch::Tensor Segmenter::logits(const torch::Tensor& pixels) {
  auto x = network_input(pixels, device_);
  if (config_.input == "standardised") x = standardised(x);
  const auto type = config_.recipe.precision == "bf16" ? torch::kBFloat16 : torch::kFloat32;
  return net_->forward(x.to(type)).to(torch::kFloat32);
}

torch::Tensor Segmenter::probabilities(const std::vector<cv::Mat>& images) {
  torch::NoGradGuard no_grad;
  constexpr std::size_t kAtOnce = 16;
  std::vector<torch::Tensor> parts;
  for (std::size_t begin = 0; begin < images.size(); begin += kAtOnce) {
    std::vector<torch::Tensor> pixels;
    for (std::size_t i = begin; i < std::min(begin + kAtOnce, images.size()); ++i)
      pixels.push_back(network_pixels(images[i], config_.recipe.size));
    parts.push_back(logits(torch::stack(pixels)).softmax(1).cpu().contiguous());
  }
  return torch::cat(parts);
}

TrainingReport Segmenter::train(const SegmentationSet& set, const TrainingOptions& options,
                                const std::function<double()>& test_score) {
  const auto loss = [&](std::int64_t count, Rng& rng) {
    const auto batch = set.draw(count, config_.good_share, rng);
    return focal_loss(logits(batch.pixels), batch.classes.to(device_, torch::kInt64), config_.focal_gamma);
  };
  const auto& recipe = config_.recipe;
  const auto name = text("DRAEM U-Net, base width ", config_.base_width, ", ", recipe.size, " px, ",
                         classes_.size(), " outputs");
  const auto report =
      evaluation::train({net_.get(), name, recipe.epoch_samples, loss, test_score}, recipe, options);
  if (!options.save.empty()) save(options.save, report);
  return report;
}

void Segmenter::save(const std::filesystem::path& path, const TrainingReport& report) const {
  weights::save_safetensors(path, state_of(*net_),
                            {{"unidg.downstream", "unet"},
                             {"config", echo_fields(config_).dump()},
                             {"classes", Json(classes_).dump()},
                             {"training", to_json(report).dump()}});
}

Segmenter Segmenter::load(const std::filesystem::path& path) {
  const auto source = weights::open_source(path);
  const auto metadata = source->metadata();
  if (const auto kind = metadata.find("unidg.downstream"); kind == metadata.end() || kind->second != "unet")
    throw FormatError(path,
                      ": not a U-Net that unidg trained for evaluation (no unidg.downstream = unet in its "
                      "metadata)");
  LocalisationConfig config;
  read_fields(config, parse_json(metadata.at("config"), path.string()), path.string() + ": config");
  config.recipe.device = "auto";  // it may have been trained elsewhere
  const auto classes = parse_json(metadata.at("classes"), path.string()).get<std::vector<std::string>>();
  const weights::Scope scope(source);
  const models::Unet net(scope, unet_config(config, classes.size()));
  scope.require_all_used();
  return Segmenter(config, classes, net);
}

cv::Mat scored_map(const torch::Tensor& map, cv::Size picture, const LocalisationConfig& config) {
  const int size = config.recipe.size;
  const auto values = map.contiguous();
  const cv::Mat view(size, size, CV_32FC1, values.data_ptr<float>());
  if (config.score_at == "map") return view.clone();
  cv::Mat out;
  cv::resize(view, out, picture, 0, 0, cv::INTER_LINEAR);
  return out;
}

cv::Mat scored_truth(const Sample& sample, const LocalisationConfig& config) {
  if (config.score_at == "map") return network_mask(sample.mask, config.recipe.size, 0.5);
  if (sample.mask.empty()) return cv::Mat::zeros(sample.image.size(), CV_8UC1);
  return sample.mask > 127;
}

}  // namespace unidg::evaluation
