#include "unidg/models/resnet/resnet.h"

#include "unidg/models/module_list.h"

namespace unidg::models {
using torch::Tensor;
using weights::Scope;

PlainConvolutionImpl::PlainConvolutionImpl(const Scope& w, std::int64_t in, std::int64_t out,
                                           std::int64_t kernel, std::int64_t stride)
    : stride_(stride) {
  weight = register_parameter("weight", w.take("weight", {out, in, kernel, kernel}), false);
}

Tensor PlainConvolutionImpl::forward(const Tensor& x) {
  return torch::conv2d(x, weight.to(x.scalar_type()), {}, stride_, weight.size(2) / 2);
}

ShortcutImpl::ShortcutImpl(const Scope& w, std::int64_t in, std::int64_t out, std::int64_t stride) {
  convolution = nn::make_child<PlainConvolution>(*this, w, "0", in, out, 1, stride);
  norm = nn::make_child<nn::BatchNorm2d>(*this, w, "1", out);
}

Tensor ShortcutImpl::forward(const Tensor& x) { return norm(convolution(x)); }

BasicBlockImpl::BasicBlockImpl(const Scope& w, std::int64_t in, std::int64_t out, std::int64_t stride) {
  conv1 = nn::make_child<PlainConvolution>(*this, w, "conv1", in, out, 3, stride);
  bn1 = nn::make_child<nn::BatchNorm2d>(*this, w, "bn1", out);
  conv2 = nn::make_child<PlainConvolution>(*this, w, "conv2", out, out, 3, 1);
  bn2 = nn::make_child<nn::BatchNorm2d>(*this, w, "bn2", out);
  if (stride != 1 || in != out)
    downsample = nn::make_child<Shortcut>(*this, w, "downsample", in, out, stride);
}

Tensor BasicBlockImpl::forward(const Tensor& x) {
  const auto y = bn1(conv1(x)).relu_();
  const auto identity = downsample ? downsample(x) : x;
  return (bn2(conv2(y)) + identity).relu_();
}

ResnetImpl::ResnetImpl(const Scope& w, const ResnetConfig& c) : config_(c) {
  conv1 = nn::make_child<PlainConvolution>(*this, w, "conv1", 3, c.width, 7, 2);
  bn1 = nn::make_child<nn::BatchNorm2d>(*this, w, "bn1", c.width);
  auto in = c.width;
  for (std::size_t layer = 0; layer < c.blocks.size(); ++layer) {
    const auto out = c.width << layer;
    const auto build = [&](const Scope& child, std::int64_t i) {
      const BasicBlock block(child, std::exchange(in, out), out, layer > 0 && i == 0 ? 2 : 1);
      return block;
    };
    const auto name = "layer" + std::to_string(layer + 1);
    for (const auto& block : make_list(*this, w, name, c.blocks[layer], build)) blocks.push_back(block);
  }
  fc = nn::make_child<nn::Linear>(*this, w, "fc", in, c.outputs);
}

Tensor ResnetImpl::features(const Tensor& x) {
  auto y = bn1(conv1(x)).relu_();
  y = torch::max_pool2d(y, 3, 2, 1);
  for (auto& block : blocks) y = block(y);
  return y.mean({2, 3});
}

Tensor ResnetImpl::forward(const Tensor& x) { return fc(features(x)); }

}  // namespace unidg::models
