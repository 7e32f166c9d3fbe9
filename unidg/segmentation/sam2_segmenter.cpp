#include "unidg/segmentation/sam2_segmenter.h"

#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/segmentation/sizes.h"

namespace unidg::segmentation {

namespace fs = std::filesystem;
namespace sam = models::sam;
using torch::Tensor;

namespace {

int side_of(const sam::Sam2Impl& net) {
  return static_cast<int>(net.config().prompt_encoder_config.image_size);
}

}  // namespace

Sam2Segmenter::Sam2Segmenter(sam::Sam2 net) : net_(std::move(net)) {}

Sam2Segmenter Sam2Segmenter::load(const fs::path& path) {
  const auto source = weights::open_source(path);
  const weights::Scope scope(
      source, {torch::kFloat32, torch::cuda::is_available() ? torch::Device(torch::kCUDA) : torch::kCPU});
  const auto json = (fs::is_directory(path) ? path : path.parent_path()) / "config.json";
  const auto config =
      fs::exists(json)
          ? sam::Config::read({parse_json(read_file(json, 1 << 20), json.string()), json.string()})
          : sam::Config::infer(scope);
  sam::Sam2 net(scope, config);
  const auto left = scope.unused().size();
  scope.require_all_used(sam::is_video_key);
  if (left > 0)
    log_info(path.string(), ": ", left, " tensors serve films alone (memory) and are not used for pictures");
  return Sam2Segmenter(std::move(net));
}

Sam2Segmenter::Picture Sam2Segmenter::encode(const Image& image) const {
  torch::NoGradGuard no_grad;
  const auto pixels = sam2_pixels(image, side_of(*net_)).to(net_->no_memory_embedding.device());
  return {net_->encode(pixels), {image.width(), image.height()}};
}

sam::Predictions Sam2Segmenter::ask(const Picture& picture, sam::Prompts prompts,
                                    sam::MaskChoice choice) const {
  torch::NoGradGuard no_grad;
  const double side = side_of(*net_);
  const auto scale = torch::tensor({side / picture.size.width, side / picture.size.height}, torch::kFloat32);
  if (prompts.points.defined()) prompts.points = prompts.points * scale;
  if (prompts.boxes.defined()) prompts.boxes = prompts.boxes * scale.repeat(2);
  for (auto* tensor : {&prompts.points, &prompts.labels, &prompts.boxes, &prompts.masks})
    if (tensor->defined()) *tensor = tensor->to(net_->no_memory_embedding.device());
  return net_->predict(picture.embedding, prompts, choice);
}

std::vector<Segment> Sam2Segmenter::automatic(const Picture& picture, const AutomaticConfig& config) const {
  const auto predict = [&](const std::vector<cv::Point2d>& points) {
    auto places = torch::empty({static_cast<std::int64_t>(points.size()), 1, 2});
    for (std::size_t i = 0; i < points.size(); ++i) {
      const auto row = places[static_cast<std::int64_t>(i)][0];
      row[0] = points[i].x;
      row[1] = points[i].y;
    }
    return ask(picture, {places, {}, {}, {}}, sam::MaskChoice::Several);
  };
  torch::NoGradGuard no_grad;
  return automatic_masks(predict, picture.size, config);
}

}  // namespace unidg::segmentation
