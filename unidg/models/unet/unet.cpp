#include "unidg/models/unet/unet.h"

#include <cmath>

#include "unidg/core/rng.h"

namespace unidg::models {
using torch::Tensor;

UnetStageImpl::UnetStageImpl(const weights::Scope& w, std::int64_t in, std::int64_t out) {
  first = nn::make_child<nn::Conv2d>(*this, w, "0", in, out, 3, 1, 1);
  first_norm = nn::make_child<nn::BatchNorm2d>(*this, w, "1", out);
  second = nn::make_child<nn::Conv2d>(*this, w, "3", out, out, 3, 1, 1);
  second_norm = nn::make_child<nn::BatchNorm2d>(*this, w, "4", out);
}

Tensor UnetStageImpl::forward(const Tensor& x) {
  const auto once = first_norm(first(x)).relu_();
  return second_norm(second(once)).relu_();
}

UnetUpImpl::UnetUpImpl(const weights::Scope& w, std::int64_t in, std::int64_t out) {
  convolution = nn::make_child<nn::Conv2d>(*this, w, "1", in, out, 3, 1, 1);
  norm = nn::make_child<nn::BatchNorm2d>(*this, w, "2", out);
}

Tensor UnetUpImpl::forward(const Tensor& x) {
  const auto larger = torch::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/true);
  return norm(convolution(larger)).relu_();
}

UnetImpl::UnetImpl(const weights::Scope& w, const UnetConfig& c) : config_(c) {
  const auto width = c.base_width;
  const auto part = [&](const std::string& name) {
    return register_module(name, std::make_shared<torch::nn::Module>());
  };
  const auto encoder_segment = part("encoder_segment"), decoder_segment = part("decoder_segment");

  const std::vector<std::int64_t> deep = {width, 2 * width, 4 * width, 8 * width, 8 * width, 8 * width};
  for (std::size_t i = 0; i < deep.size(); ++i)
    encoder.push_back(nn::make_child<UnetStage>(*encoder_segment, w["encoder_segment"],
                                                "block" + std::to_string(i + 1), i == 0 ? 3 : deep[i - 1],
                                                deep[i]));

  const auto from = w["decoder_segment"];
  const std::vector<std::int64_t> shallow = {8 * width, 4 * width, 2 * width, width, width};
  for (std::size_t i = 0; i < shallow.size(); ++i) {
    const auto suffix = i == 0 ? std::string("_b") : std::to_string(i);
    const auto skipped = deep[deep.size() - 2 - i];
    up.push_back(nn::make_child<UnetUp>(*decoder_segment, from, "up" + suffix,
                                        i == 0 ? deep.back() : shallow[i - 1], shallow[i]));
    decoder.push_back(
        nn::make_child<UnetStage>(*decoder_segment, from, "db" + suffix, shallow[i] + skipped, shallow[i]));
  }
  const auto fin_out = decoder_segment->register_module("fin_out", std::make_shared<torch::nn::Module>());
  last = nn::make_child<nn::Conv2d>(*fin_out, from["fin_out"], "0", width, c.outputs, 3, 1, 1);
}

Tensor UnetImpl::forward(const Tensor& x) {
  std::vector<Tensor> skipped;
  auto y = x;
  for (auto& stage : encoder) {
    if (!skipped.empty()) y = torch::max_pool2d(y, 2);
    y = stage(y);
    skipped.push_back(y);
  }
  for (std::size_t i = 0; i < up.size(); ++i)
    y = decoder[i](torch::cat({up[i](y), skipped[skipped.size() - 2 - i]}, 1));
  return last(y);
}

Unet fresh_unet(const UnetConfig& config, std::uint64_t seed) {
  Unet net(weights::Scope(weights::noise_source(seed)), config);
  const auto draw = [&](const std::string& key, const Tensor& like) {
    auto out = torch::empty_like(like);
    Rng(seed, key).fill_normal(out.data_ptr<float>(), static_cast<std::size_t>(out.numel()));
    return out;
  };
  for (const auto& item : net->named_modules()) {
    if (auto* convolution = item.value()->as<nn::Conv2d>()) {
      const auto& weight = convolution->weight;
      weight.set_data(draw(item.key() + ".weight", weight) * 0.02);
      const double bound = 1 / std::sqrt(static_cast<double>(weight.numel() / weight.size(0)));
      Rng rng(seed, item.key() + ".bias");
      for (std::int64_t i = 0; i < convolution->bias.numel(); ++i)
        convolution->bias[i] = rng.uniform(-bound, bound);
    } else if (auto* norm = item.value()->as<nn::BatchNorm2d>()) {
      norm->weight.set_data(1 + 0.02 * draw(item.key() + ".weight", norm->weight));
    }
  }
  return net;
}

}  // namespace unidg::models
