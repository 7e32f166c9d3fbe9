#include "unidg/evaluation/likeness/distances.h"

#include <cmath>

#include "unidg/core/error.h"

namespace unidg::evaluation {
namespace {

Embedding of_taps(std::vector<torch::Tensor> taps, const torch::Tensor& image) {
  for (auto& tap : taps) tap = tap.squeeze(0).contiguous();
  return {std::move(taps), image.size(1), image.size(2)};
}

/// Unit length along the channels; the distance is then the mean over taps.
std::vector<torch::Tensor> weighed_alike(std::vector<torch::Tensor> taps) {
  const double share = 1.0 / std::sqrt(static_cast<double>(taps.size()));
  for (auto& tap : taps) tap = models::unit_length(tap) * share;
  return taps;
}

void require_one_size(const Embedding& a, const Embedding& b) {
  if (a.height != b.height || a.width != b.width)
    throw InputError("a perceptual distance compares pictures of one size, these are ", a.width, "x",
                     a.height, " and ", b.width, "x", b.height,
                     "; resize them, or choose a variant that does (magic, seas)");
}

std::string backbone_in(const weights::Source& file) {
  if (file.contains("features.1.conv.0.0.weight")) return "mobilenet_v2";
  if (file.contains("features.3.squeeze.weight")) return "squeezenet1_1";
  if (file.contains("features.28.weight")) return "vgg16";
  if (file.contains("features.0.weight") && file.shape("features.0.weight").back() == 11) return "alex";
  throw FormatError(file.describe(),
                    ": is none of alex, vgg16, squeezenet1_1 and mobilenet_v2 by its keys; "
                    "tools/convert writes such files");
}

}  // namespace

std::size_t Embedding::bytes() const {
  std::size_t sum = 0;
  for (const auto& tap : taps) sum += tap.nbytes();
  return sum;
}

double PerceptualDistance::distance(const Embedding& a, const Embedding& b) {
  require_one_size(a, b);
  double sum = 0;
  for (std::size_t k = 0; k < a.taps.size(); ++k) {
    const auto positions = static_cast<double>(a.taps[k].size(1) * a.taps[k].size(2));
    sum += (a.taps[k] - b.taps[k]).square().sum().item<double>() / positions;
  }
  return sum;
}

torch::Tensor PerceptualDistance::distance_map(const Embedding& a, const Embedding& b) {
  require_one_size(a, b);
  auto sum = torch::zeros({1, 1, a.height, a.width});
  for (std::size_t k = 0; k < a.taps.size(); ++k) {
    const auto difference =
        (a.taps[k] - b.taps[k]).square().sum(0).view({1, 1, a.taps[k].size(1), a.taps[k].size(2)});
    sum += torch::upsample_bilinear2d(difference, {a.height, a.width}, /*align_corners=*/false);
  }
  return sum.view({a.height, a.width});
}

Embedding LpipsDistance::embed(const torch::Tensor& image) const {
  torch::NoGradGuard no_grad;
  return of_taps(lpips_->weighted_features(image.unsqueeze(0)), image);
}

Embedding MobileNetDistance::embed(const torch::Tensor& image) const {
  torch::NoGradGuard no_grad;
  return of_taps(weighed_alike(net_->feature_maps(image.unsqueeze(0))), image);
}

Embedding EncoderDistance::embed(const torch::Tensor& image) const {
  torch::NoGradGuard no_grad;
  auto& encoder = *model_.image_encoder;
  const auto side = encoder.config().image_size, grid = encoder.config().patches_per_side();
  const auto pixels = at::_upsample_bilinear2d_aa(image.unsqueeze(0), {side, side}, /*align_corners=*/false);
  std::vector<torch::Tensor> taps = {model_.codec->encode(pixels)};
  auto tokens = encoder.embeddings(pixels);  // [1, N, D]
  for (auto& layer : encoder.layers) {
    tokens = layer(tokens);
    taps.push_back(tokens.transpose(1, 2).reshape({1, tokens.size(2), grid, grid}));
  }
  return of_taps(weighed_alike(std::move(taps)), image);
}

std::unique_ptr<PerceptualDistance> open_distance(const std::filesystem::path& backbone,
                                                  const std::filesystem::path& heads) {
  std::error_code ignored;
  if (std::filesystem::exists(backbone / "model_index.json", ignored)) {
    if (!heads.empty())
      throw UsageError(heads.string(), ": LPIPS heads are for alex, vgg16 and squeezenet1_1; ",
                       backbone.string(), " is a small model of unidg. Leave --heads out.");
    return std::make_unique<EncoderDistance>(models::SmallModel::load(backbone));
  }
  const auto source = weights::open_source(backbone);
  const auto net = backbone_in(*source);
  const weights::Scope scope(source);
  if (net == "mobilenet_v2") {
    if (!heads.empty())
      throw UsageError(heads.string(),
                       ": there are no LPIPS heads for MobileNetV2; leave --heads out, or give alex, "
                       "vgg16 or squeezenet1_1 as --backbone");
    return std::make_unique<MobileNetDistance>(models::MobileNetV2(scope));
  }
  if (heads.empty())
    throw UsageError(backbone.string(), ": LPIPS on ", net,
                     " needs its linear heads, --heads FILE (docs/evaluation.md, "
                     "LPIPS weights)");
  const weights::Scope head_scope(weights::open_source(heads));
  return std::make_unique<LpipsDistance>(models::Lpips(scope, head_scope, models::LpipsConfig::named(net)));
}

}  // namespace unidg::evaluation
