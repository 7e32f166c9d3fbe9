#pragma once
#include <string>
#include <vector>

#include "unidg/evaluation/report/run.h"

/// Plots as inline SVG. Colours and text come from the page's style (classes s0 ... s7 for series).
namespace unidg::evaluation::report {

inline constexpr int kSeriesColours = 8;

struct Bar {
  std::string label;
  double value = 0, low = 0, high = 0;  ///< low = high = value: no range is drawn
  int colour = 0;                       ///< index of the series
};
/// Horizontal bars from `origin` with their ranges and values.
std::string bar_plot(const std::string& title, const std::vector<Bar>& bars, double origin, int decimals);

struct Points1d {
  std::string label;
  std::vector<double> values;
  int colour = 0;
};
/// Every value as a dot; median, quartiles and whiskers (lowest to highest) where there are four or more.
std::string box_plot(const std::string& title, const std::vector<Points1d>& rows, int decimals);

struct Curve {
  std::string label;
  Points points;
  int colour = 0;
};
/// Curves in the unit square. @param chance draws the diagonal
std::string curve_plot(const std::string& title, const std::string& x_name, const std::string& y_name,
                       const std::vector<Curve>& curves, bool chance);

struct Difference {
  std::string label;
  double points = 0;  ///< NaN: the label is a heading
};
/// Bars to both sides of zero on the scale -limit ... limit.
std::string difference_plot(const std::string& title, const std::vector<Difference>& rows, double limit,
                            int colour);

/// Round axis marks that cover [low, high]; two to seven of them.
std::vector<double> ticks(double low, double high);

}  // namespace unidg::evaluation::report
