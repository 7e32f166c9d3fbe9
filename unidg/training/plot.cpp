#include "unidg/training/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>

namespace unidg::training {
namespace {

constexpr int kWidth = 640, kHeight = 400, kLeft = 76, kRight = 16, kTop = 16, kBottom = 40;
using Colour = std::array<float, 3>;
constexpr Colour kInk{-0.7F, -0.7F, -0.68F}, kGrid{0.78F, 0.78F, 0.78F}, kPale{0.55F, 0.72F, 0.92F},
    kBlue{-0.75F, -0.2F, 0.6F}, kOrange{0.9F, 0.1F, -0.8F};

/// Digits of 3 x 5 points; each number holds the rows from the top, three bits each.
const std::map<char, std::array<int, 5>> kFont = {
    {'0', {7, 5, 5, 5, 7}}, {'1', {2, 6, 2, 2, 7}}, {'2', {7, 1, 7, 4, 7}}, {'3', {7, 1, 7, 1, 7}},
    {'4', {5, 5, 7, 1, 1}}, {'5', {7, 4, 7, 1, 7}}, {'6', {7, 4, 7, 5, 7}}, {'7', {7, 1, 2, 2, 2}},
    {'8', {7, 5, 7, 5, 7}}, {'9', {7, 5, 7, 1, 7}}, {'.', {0, 0, 0, 0, 2}}, {'-', {0, 0, 7, 0, 0}},
    {'e', {0, 7, 7, 4, 7}}, {'+', {0, 2, 7, 2, 0}}};

class Canvas {
 public:
  Canvas() : pixels_(torch::ones({3, kHeight, kWidth})), at_(pixels_.accessor<float, 3>()) {}
  void point(int x, int y, const Colour& colour) {
    if (x < 0 || y < 0 || x >= kWidth || y >= kHeight) return;
    for (int c = 0; c < 3; ++c) at_[c][y][x] = colour[static_cast<std::size_t>(c)];
  }
  void line(double x0, double y0, double x1, double y1, const Colour& colour, int thick = 1) {
    const int steps =
        std::max(1, static_cast<int>(std::ceil(std::max(std::abs(x1 - x0), std::abs(y1 - y0)))));
    for (int i = 0; i <= steps; ++i) {
      const double part = static_cast<double>(i) / steps;
      const int x = static_cast<int>(std::lround(x0 + part * (x1 - x0))),
                y = static_cast<int>(std::lround(y0 + part * (y1 - y0)));
      for (int dx = 0; dx < thick; ++dx)
        for (int dy = 0; dy < thick; ++dy) point(x + dx, y + dy, colour);
    }
  }
  /// @param right the words end there, otherwise they are centred at x
  void words(const std::string& text, int x, int y, bool right) {
    constexpr int kScale = 2, kAdvance = 4 * kScale;
    const int length = static_cast<int>(text.size()) * kAdvance;
    x -= right ? length : length / 2;
    for (const char c : text) {
      if (const auto found = kFont.find(c); found != kFont.end())
        for (int row = 0; row < 5; ++row)
          for (int column = 0; column < 3; ++column)
            if (found->second[static_cast<std::size_t>(row)] >> (2 - column) & 1)
              for (int k = 0; k < kScale * kScale; ++k)
                point(x + column * kScale + k % kScale, y + row * kScale + k / kScale, kInk);
      x += kAdvance;
    }
  }
  torch::Tensor pixels() const { return pixels_; }

 private:
  torch::Tensor pixels_;
  torch::TensorAccessor<float, 3> at_;
};

std::string number(double value) {
  char out[32];
  std::snprintf(out, sizeof(out), "%.3g", value);
  return out;
}

struct Range {
  double low = 0, high = 1;
};
Range range_of(const std::vector<PlotPoint>& losses, const std::vector<PlotPoint>& validation) {
  std::vector<double> values;
  for (const auto* curve : {&losses, &validation})
    for (const auto& p : *curve)
      if (std::isfinite(p.y)) values.push_back(p.y);
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const double low = values.front(),
               high = values[static_cast<std::size_t>(0.99 * static_cast<double>(values.size() - 1))];
  const double margin = std::max(0.05 * (high - low), 1e-6 + 1e-3 * std::abs(high));
  return {low - margin, high + margin};
}

}  // namespace

torch::Tensor loss_plot(const std::vector<PlotPoint>& losses, const std::vector<PlotPoint>& validation) {
  Canvas canvas;
  const auto y_range = range_of(losses, validation);
  const double last = std::max(losses.empty() ? 1.0 : losses.back().x, 1.0);
  const auto x_of = [&](double x) { return kLeft + x / last * (kWidth - kLeft - kRight); };
  const auto y_of = [&](double y) {
    const double part = (y - y_range.low) / (y_range.high - y_range.low);
    return kHeight - kBottom - std::clamp(part, 0.0, 1.0) * (kHeight - kTop - kBottom);
  };
  constexpr int kTicks = 4;
  for (int i = 0; i <= kTicks; ++i) {
    const double y = y_range.low + (y_range.high - y_range.low) * i / kTicks, x = last * i / kTicks;
    canvas.line(kLeft, y_of(y), kWidth - kRight, y_of(y), kGrid);
    canvas.words(number(y), kLeft - 6, static_cast<int>(y_of(y)) - 5, true);
    canvas.words(number(std::round(x)), static_cast<int>(x_of(x)), kHeight - kBottom + 10, false);
  }
  canvas.line(kLeft, kTop, kLeft, kHeight - kBottom, kInk);
  canvas.line(kLeft, kHeight - kBottom, kWidth - kRight, kHeight - kBottom, kInk);
  const auto draw = [&](const std::vector<PlotPoint>& curve, const Colour& colour, int thick) {
    for (std::size_t i = 1; i < curve.size(); ++i)
      canvas.line(x_of(curve[i - 1].x), y_of(curve[i - 1].y), x_of(curve[i].x), y_of(curve[i].y), colour,
                  thick);
  };
  draw(losses, kPale, 1);
  auto smooth = losses;
  for (std::size_t i = 1; i < smooth.size();
       ++i) {  // a plain mean at first, so that the first value has no weight of its own
    const double keep = std::min(0.95, static_cast<double>(i) / static_cast<double>(i + 1));
    smooth[i].y = keep * smooth[i - 1].y + (1 - keep) * smooth[i].y;
  }
  draw(smooth, kBlue, 2);
  draw(validation, kOrange, 2);
  for (const auto& p : validation)
    canvas.line(x_of(p.x) - 2, y_of(p.y), x_of(p.x) + 2, y_of(p.y), kOrange, 4);
  return canvas.pixels();
}

}  // namespace unidg::training
