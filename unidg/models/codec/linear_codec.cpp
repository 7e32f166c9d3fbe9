#include "unidg/models/codec/linear_codec.h"

#include "unidg/core/error.h"

namespace unidg::models {
namespace {

constexpr std::int64_t kPatch = 8;
constexpr std::int64_t kPixels = kPatch * kPatch;

// RGB -> (Y, R - Y, B - Y), rows of a 3 x 3 matrix; and back: R = Y + a, B = Y + b, G = Y - a - b.
Tensor to_opponent() {
  return torch::tensor({1.0 / 3, 1.0 / 3, 1.0 / 3, 2.0 / 3, -1.0 / 3, -1.0 / 3, -1.0 / 3, -1.0 / 3, 2.0 / 3},
                       torch::kFloat64)
      .view({3, 3});
}
Tensor from_opponent() {
  return torch::tensor({1.0, 1.0, 0.0, 1.0, -1.0, -1.0, 1.0, 0.0, 1.0}, torch::kFloat64).view({3, 3});
}

// [B, 3, H, W] -> patches [N, 3, 64] of opponent colours.
Tensor patches_of(const Tensor& images) {
  const auto b = images.size(0), h = images.size(2) / kPatch, w = images.size(3) / kPatch;
  const auto cells =
      images.to(torch::kFloat64).reshape({b, 3, h, kPatch, w, kPatch}).permute({0, 2, 4, 1, 3, 5});
  return torch::matmul(to_opponent(), cells.reshape({b * h * w, 3, kPixels}));
}

struct Components {
  Tensor basis, deviation;
};
// The leading eigenvectors of a covariance and the deviations along them.
Components principal(const Tensor& covariance, std::int64_t count) {
  const auto [values, vectors] = torch::linalg_eigh(covariance);
  const auto order = torch::argsort(values, 0, /*descending=*/true).slice(0, 0, count);
  auto basis = vectors.index_select(1, order).t().contiguous();
  basis = basis * torch::where(basis.sum(1, true) < 0, -1.0, 1.0);  // a fixed sign
  return {basis, values.index_select(0, order).clamp_min(1e-12).sqrt()};
}

}  // namespace

LinearCodec::LinearCodec(Part luma, double luma_mean, Part chroma)
    : luma_(std::move(luma)),
      chroma_(std::move(chroma)),
      luma_mean_(torch::full({1}, luma_mean, torch::kFloat32)) {
  build();
}

LinearCodec::LinearCodec(const weights::Scope& w) {
  const auto rows = [&](const char* name) {
    if (!w.contains(name))
      throw FormatError(w.source().describe(), ": no tensor '", w.prefix(), name,
                        "', so this is no linear codec");
    return w.source().shape(w.prefix() + name).at(0);
  };
  const auto luma_rows = rows("luma.basis"), chroma_rows = rows("chroma.basis");
  const auto take = [&](const char* name, torch::IntArrayRef shape) {
    return w.take(name, shape).to(torch::kFloat32);
  };
  luma_ = {take("luma.basis", {luma_rows, kPixels}), take("luma.scale", {luma_rows})};
  chroma_ = {take("chroma.basis", {chroma_rows, 2 * kPixels}), take("chroma.scale", {chroma_rows})};
  luma_mean_ = take("luma.mean", {1});
  build();
}

void LinearCodec::build() {
  const auto wide = [](const Tensor& t) { return t.to(torch::kCPU, torch::kFloat64); };
  const auto luma_rows = luma_.basis.size(0), chroma_rows = chroma_.basis.size(0);
  // Opponent-colour filters of every channel, [K, 3 opponent, 64].
  auto filters = torch::zeros({luma_rows + chroma_rows, 3, kPixels}, torch::kFloat64);
  filters.slice(0, 0, luma_rows).select(1, 0).copy_(wide(luma_.basis));
  filters.slice(0, luma_rows).slice(1, 1, 3).copy_(wide(chroma_.basis).view({chroma_rows, 2, kPixels}));
  const auto scale = torch::cat({wide(luma_.scale), wide(chroma_.scale)}).view({-1, 1, 1});
  const auto analysis = torch::matmul(to_opponent().t(), filters / scale);  // RGB -> coefficient
  const auto synthesis = torch::matmul(from_opponent(), filters * scale);   // coefficient -> RGB
  const auto mean = luma_mean_.to(torch::kCPU).item<double>();
  encoder_ = analysis.view({-1, 3, kPatch, kPatch}).to(torch::kFloat32).contiguous();
  encoder_bias_ = (-(filters.select(1, 0) / scale.squeeze(1)).sum(1) * mean).to(torch::kFloat32);
  decoder_ = synthesis.view({-1, 3, kPatch, kPatch}).to(torch::kFloat32).contiguous();
  decoder_bias_ = torch::full({3}, mean, torch::kFloat32);
}

void LinearCodec::to(torch::Device device) {
  for (auto* t : {&encoder_, &encoder_bias_, &decoder_, &decoder_bias_}) *t = t->to(device);
}

Tensor LinearCodec::encode(const Tensor& image) const {
  return torch::conv2d(image, encoder_, encoder_bias_, kPatch);
}

Tensor LinearCodec::decode(const Tensor& latent) const {
  return torch::conv_transpose2d(latent, decoder_, decoder_bias_, kPatch);
}

std::map<std::string, Tensor> LinearCodec::tensors() const {
  return {{"luma.basis", luma_.basis},
          {"luma.scale", luma_.scale},
          {"luma.mean", luma_mean_},
          {"chroma.basis", chroma_.basis},
          {"chroma.scale", chroma_.scale}};
}

LinearCodecFit::LinearCodecFit()
    : luma_sum_(torch::zeros({kPixels}, torch::kFloat64)),
      luma_moment_(torch::zeros({kPixels, kPixels}, torch::kFloat64)),
      chroma_moment_(torch::zeros({2 * kPixels, 2 * kPixels}, torch::kFloat64)) {}

void LinearCodecFit::add(const Tensor& images) {
  const auto patches = patches_of(images);
  const auto luma = patches.select(1, 0);
  const auto chroma = patches.slice(1, 1, 3).reshape({-1, 2 * kPixels});
  luma_sum_ += luma.sum(0);
  luma_moment_ += torch::mm(luma.t(), luma);
  chroma_moment_ += torch::mm(chroma.t(), chroma);
  patches_ += static_cast<double>(luma.size(0));
}

LinearCodec LinearCodecFit::solve(std::int64_t luma_channels, std::int64_t chroma_channels,
                                  double whitening) const {
  if (patches_ < 64)
    throw InputError("codec: ", patches_, " patches are too few to fit; at least 64 are needed");
  const double mean = (luma_sum_.sum() / (patches_ * kPixels)).item<double>();
  const auto level = torch::full({kPixels}, mean, torch::kFloat64);
  const auto average = luma_sum_ / patches_;
  const auto luma = principal(luma_moment_ / patches_ - torch::outer(average, level) -
                                  torch::outer(level, average) + torch::outer(level, level),
                              luma_channels);
  const auto chroma = principal(chroma_moment_ / patches_, chroma_channels);
  auto luma_scale = luma.deviation.pow(whitening), chroma_scale = chroma.deviation.pow(whitening);
  const auto variance =
      torch::cat({luma.deviation / luma_scale, chroma.deviation / chroma_scale}).square().mean();
  luma_scale = luma_scale * variance.sqrt();
  chroma_scale = chroma_scale * variance.sqrt();
  const auto narrow = [](const Tensor& t) { return t.to(torch::kFloat32); };
  return LinearCodec({narrow(luma.basis), narrow(luma_scale)}, mean,
                     {narrow(chroma.basis), narrow(chroma_scale)});
}

}  // namespace unidg::models
