#pragma once
#include <vector>

#include "unidg/core/torch.h"

namespace unidg::training {

/// A curve's point.
struct PlotPoint {
  double x = 0, y = 0;
};

/// Loss over steps as a picture [3, 400, 640] in [-1, 1]: every value pale, their running mean (0.95) blue,
/// validation orange; axes with numbers. The y axis ends at the 99th percentile. Needs no image library.
torch::Tensor loss_plot(const std::vector<PlotPoint>& losses, const std::vector<PlotPoint>& validation);

}  // namespace unidg::training
