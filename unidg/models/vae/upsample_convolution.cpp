#include "unidg/models/vae/upsample_convolution.h"

namespace unidg::models {

namespace {

// Three taps along `dim` become the two that phase p sees.
Tensor phase_taps(const Tensor& weight, int dim, int phase) {
  const auto tap = [&](int i) { return weight.narrow(dim, i, 1); };
  return phase == 0 ? torch::cat({tap(0), tap(1) + tap(2)}, dim) : torch::cat({tap(0) + tap(1), tap(2)}, dim);
}

}  // namespace

Tensor upsample_convolution(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const auto height = x.size(2), width = x.size(3);
  auto out = torch::empty({x.size(0), weight.size(0), 2 * height, 2 * width},
                          x.options().memory_format(torch::MemoryFormat::ChannelsLast));
  for (int row = 0; row < 2; ++row)
    for (int column = 0; column < 2; ++column) {
      const auto taps = phase_taps(phase_taps(weight, 2, row), 3, column);  // [O, C, 2, 2]
      const auto phase =
          torch::conv2d(x, taps.contiguous(torch::MemoryFormat::ChannelsLast), bias, /*stride=*/1,
                        /*padding=*/torch::IntArrayRef{1, 1});  // [B, O, h + 1, w + 1]
      out.slice(2, row, 2 * height, 2)
          .slice(3, column, 2 * width, 2)
          .copy_(phase.narrow(2, row, height).narrow(3, column, width));
    }
  return out;
}

}  // namespace unidg::models
