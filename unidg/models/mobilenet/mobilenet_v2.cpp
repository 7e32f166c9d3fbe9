#include "unidg/models/mobilenet/mobilenet_v2.h"

#include "unidg/core/error.h"

namespace unidg::models {
namespace {

struct Padding {
  std::int64_t before, after;
};

// TensorFlow's SAME: ceil(size / stride) outputs, the odd pixel of padding goes behind.
Padding same_padding(std::int64_t size, std::int64_t kernel, std::int64_t stride) {
  const auto outputs = (size + stride - 1) / stride;
  const auto total = std::max<std::int64_t>((outputs - 1) * stride + kernel - size, 0);
  return {total / 2, total - total / 2};
}

}  // namespace

MobileNetV2Config MobileNetV2Config::tiny() {
  MobileNetV2Config c;
  c.stem_width = 5;
  c.stages = {{1, 4, 1, 1}, {2, 6, 2, 2}, {3, 7, 1, 1}, {2, 8, 2, 2}};
  c.feature_width = 12;
  c.classes = 9;
  return c;
}

FoldedConvolutionImpl::FoldedConvolutionImpl(const weights::Scope& w, std::int64_t in, std::int64_t out,
                                             std::int64_t kernel, std::int64_t stride, std::int64_t groups,
                                             bool has_relu6)
    : stride_(stride), groups_(groups), has_relu6_(has_relu6) {
  weight = register_parameter("weight", w.take("weight", {out, in / groups, kernel, kernel}), false);
  bias = register_parameter("bias", w.take("bias", {out}), false);
}

torch::Tensor FoldedConvolutionImpl::forward(const torch::Tensor& x) {
  const auto kernel = weight.size(2);
  const auto rows = same_padding(x.size(2), kernel, stride_),
             columns = same_padding(x.size(3), kernel, stride_);
  const bool is_symmetric = rows.before == rows.after && columns.before == columns.after;
  const auto padded =
      is_symmetric ? x : torch::constant_pad_nd(x, {columns.before, columns.after, rows.before, rows.after});
  const auto inner =
      is_symmetric ? std::vector<std::int64_t>{rows.before, columns.before} : std::vector<std::int64_t>{0, 0};
  const auto y = torch::conv2d(padded, weight, bias, {stride_, stride_}, inner, {1, 1}, groups_);
  return has_relu6_ ? torch::relu6(y) : y;
}

InvertedResidualImpl::InvertedResidualImpl(const weights::Scope& w, std::int64_t in, std::int64_t out,
                                           std::int64_t expansion, std::int64_t stride)
    : is_residual(stride == 1 && in == out), stride(stride) {
  const auto wide = in * expansion;
  auto place = [&, i = 0]() mutable { return w["conv"][std::to_string(i++)]; };
  if (expansion != 1) conv.emplace_back(place()["0"], in, wide, 1, 1, 1, true);
  conv.emplace_back(place()["0"], wide, wide, 3, stride, wide, true);
  conv.emplace_back(place(), wide, out, 1, 1, 1, false);
  for (std::size_t i = 0; i < conv.size(); ++i) register_module("conv_" + std::to_string(i), conv[i]);
}

torch::Tensor InvertedResidualImpl::forward(const torch::Tensor& x) {
  auto y = x;
  for (auto& convolution : conv) y = convolution(y);
  return is_residual ? x + y : y;
}

MobileNetV2Impl::MobileNetV2Impl(const weights::Scope& w, MobileNetV2Config c) : config_(std::move(c)) {
  const auto features = w["features"];
  stem = register_module("stem", FoldedConvolution(features["0"]["0"], 3, config_.stem_width, 3, 2, 1, true));
  auto width = config_.stem_width;
  for (const auto& stage : config_.stages)
    for (std::int64_t i = 0; i < stage.blocks; ++i) {
      const auto name = std::to_string(blocks.size() + 1);
      blocks.emplace_back(features[name], width, stage.width, stage.expansion, i == 0 ? stage.stride : 1);
      register_module("block_" + name, blocks.back());
      width = stage.width;
    }
  const auto name = std::to_string(blocks.size() + 1);
  last = register_module("last",
                         FoldedConvolution(features[name]["0"], width, config_.feature_width, 1, 1, 1, true));
  const auto head = w["classifier"]["1"];
  if (!head.contains("weight")) return;
  classifier_weight = head.take("weight", {config_.classes, config_.feature_width});
  classifier_bias = head.take("bias", {config_.classes});
}

torch::Tensor MobileNetV2Impl::features(const torch::Tensor& x) {
  auto y = stem(x);
  for (auto& block : blocks) y = block(y);
  return last(y).mean({2, 3});
}

std::vector<torch::Tensor> MobileNetV2Impl::feature_maps(const torch::Tensor& x) {
  std::vector<torch::Tensor> maps;
  auto y = stem(x);
  for (auto& block : blocks) {
    if (block->stride > 1) maps.push_back(y);
    y = block(y);
  }
  maps.push_back(y);
  return maps;
}

torch::Tensor MobileNetV2Impl::classify(const torch::Tensor& x) {
  if (!classifier_weight.defined())
    throw FormatError(
        "MobileNetV2: the weights hold no 'classifier.1.weight'; this file can only give features");
  return torch::linear(features(x), classifier_weight, classifier_bias);
}

}  // namespace unidg::models
