#include "unidg/models/lpips/backbone.h"

#include "unidg/core/error.h"

namespace unidg::models {
namespace {

using Kind = BackboneStep::Kind;

BackboneStep convolution(std::int64_t width, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  return {Kind::Convolution, width, kernel, stride, padding};
}
BackboneStep relu() { return {Kind::Relu}; }
BackboneStep max_pool(std::int64_t kernel) { return {Kind::MaxPool, 0, kernel, 2}; }
BackboneStep fire(std::int64_t squeeze, std::int64_t expand) {
  return {Kind::Fire, expand, 3, 1, 1, squeeze};
}
BackboneStep read(BackboneStep step) {
  step.is_read = true;
  return step;
}

}  // namespace

LpipsConfig LpipsConfig::alex() {
  return {"alex",
          {convolution(64, 11, 4, 2), read(relu()), max_pool(3), convolution(192, 5, 1, 2), read(relu()),
           max_pool(3), convolution(384, 3, 1, 1), read(relu()), convolution(256, 3, 1, 1), read(relu()),
           convolution(256, 3, 1, 1), read(relu())}};
}

LpipsConfig LpipsConfig::vgg16() {
  LpipsConfig c{"vgg16", {}};
  for (const auto& [width, count] : {std::pair{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}}) {
    if (!c.steps.empty()) c.steps.push_back(max_pool(2));
    for (int i = 1; i <= count; ++i) {
      c.steps.push_back(convolution(width, 3, 1, 1));
      c.steps.push_back(i == count ? read(relu()) : relu());
    }
  }
  return c;
}

LpipsConfig LpipsConfig::squeezenet1_1() {
  return {"squeezenet1_1",
          {convolution(64, 3, 2, 0), read(relu()), max_pool(3), fire(16, 64), read(fire(16, 64)), max_pool(3),
           fire(32, 128), read(fire(32, 128)), max_pool(3), read(fire(48, 192)), read(fire(48, 192)),
           read(fire(64, 256)), read(fire(64, 256))},
          /*has_ceil_pool=*/true};
}

LpipsConfig LpipsConfig::named(const std::string& net) {
  if (net == "alex") return alex();
  if (net == "vgg" || net == "vgg16") return vgg16();
  if (net == "squeeze" || net == "squeezenet1_1") return squeezenet1_1();
  throw UsageError("LPIPS backbone '", net, "': expected alex, vgg16 or squeezenet1_1");
}

LpipsConfig LpipsConfig::narrowed(std::int64_t divisor) const {
  auto c = *this;
  for (auto& step : c.steps) step.width /= divisor, step.squeeze /= divisor;
  return c;
}

std::vector<std::int64_t> LpipsConfig::channels() const {
  std::vector<std::int64_t> out;
  std::int64_t width = 0;
  for (const auto& step : steps) {
    if (step.kind == Kind::Convolution) width = step.width;
    if (step.kind == Kind::Fire) width = 2 * step.width;
    if (step.is_read) out.push_back(width);
  }
  return out;
}

FireImpl::FireImpl(const weights::Scope& w, std::int64_t in, std::int64_t squeeze_width,
                   std::int64_t expand_width) {
  squeeze = nn::make_child<nn::Conv2d>(*this, w, "squeeze", in, squeeze_width, 1);
  expand1x1 = nn::make_child<nn::Conv2d>(*this, w, "expand1x1", squeeze_width, expand_width, 1);
  expand3x3 = nn::make_child<nn::Conv2d>(*this, w, "expand3x3", squeeze_width, expand_width, 3, 1, 1);
}

torch::Tensor FireImpl::forward(const torch::Tensor& x) {
  const auto squeezed = torch::relu(squeeze(x));
  return torch::cat({torch::relu(expand1x1(squeezed)), torch::relu(expand3x3(squeezed))}, 1);
}

LpipsBackboneImpl::LpipsBackboneImpl(const weights::Scope& w, LpipsConfig c) : config_(std::move(c)) {
  convolutions_.resize(config_.steps.size(), nullptr);
  fires_.resize(config_.steps.size(), nullptr);
  std::int64_t width = 3;
  for (std::size_t i = 0; i < config_.steps.size(); ++i) {
    const auto& s = config_.steps[i];
    const auto place = w["features"][std::to_string(i)];
    const auto name = "features_" + std::to_string(i);
    if (s.kind == Kind::Convolution) {
      convolutions_[i] =
          register_module(name, nn::Conv2d(place, width, s.width, s.kernel, s.stride, s.padding));
      width = s.width;
    } else if (s.kind == Kind::Fire) {
      fires_[i] = register_module(name, Fire(place, width, s.squeeze, s.width));
      width = 2 * s.width;
    }
  }
}

torch::Tensor LpipsBackboneImpl::step(std::size_t index, const torch::Tensor& x) {
  const auto& s = config_.steps[index];
  switch (s.kind) {
    case Kind::Convolution:
      return convolutions_[index](x);
    case Kind::Relu:
      return torch::relu(x);
    case Kind::MaxPool:
      return torch::max_pool2d(x, s.kernel, s.stride, 0, 1, config_.has_ceil_pool);
    case Kind::Fire:
      return fires_[index](x);
  }
  return x;
}

std::vector<torch::Tensor> LpipsBackboneImpl::forward(torch::Tensor x) {
  const auto height = x.size(2), width = x.size(3);
  std::vector<torch::Tensor> taps;
  for (std::size_t i = 0; i < config_.steps.size(); ++i) {
    const auto& s = config_.steps[i];
    if (s.kernel > 0 && std::min(x.size(2), x.size(3)) + 2 * s.padding < s.kernel)
      throw InputError("a picture of ", width, "x", height, " is too small for the ", config_.net,
                       " backbone; resize it first, 64 pixels a side are enough");
    x = step(i, x);
    if (s.is_read) taps.push_back(x);
  }
  return taps;
}

}  // namespace unidg::models
