#include <gtest/gtest.h>

#include "support/picture_bytes.h"
#include "unidg/image/foreground.h"

namespace unidg {
namespace {

using namespace unidg::testing;

/// Noise of +-8 around a colour, so that nothing is perfectly flat.
cv::Mat surface(int width, int height, const cv::Scalar& colour) {
  cv::Mat pixels(height, width, CV_8UC3, colour), grain(height, width, CV_8UC3);
  cv::RNG(3).fill(grain, cv::RNG::UNIFORM, 0, 16);
  return pixels + grain - cv::Scalar::all(8);
}

double overlap(const Mask& a, const cv::Mat& b) {
  return static_cast<double>(cv::countNonZero(a.pixels() & b)) / cv::countNonZero(a.pixels() | b);
}

TEST(Foreground, FindsAProductOnAPlainGround) {
  for (const auto& ground : {cv::Scalar(230, 230, 225), cv::Scalar(20, 22, 25)}) {
    auto pixels = surface(300, 200, ground);
    cv::Mat truth = cv::Mat::zeros(pixels.size(), CV_8UC1);
    cv::ellipse(truth, {150, 100}, {90, 60}, 20, 0, 360, 255, cv::FILLED);
    surface(300, 200, {120, 60, 40}).copyTo(pixels, truth);
    cv::circle(pixels, {150, 100}, 12, ground, cv::FILLED);  // a hole in the product still belongs to it
    EXPECT_GT(overlap(foreground(Image(pixels)), truth), 0.95);
  }
}

TEST(Foreground, IsEverythingOnATexture) {
  EXPECT_EQ(foreground(Image(surface(200, 150, {120, 90, 60}))).area(), 200 * 150);
}

TEST(Foreground, IsNeverEmpty) {
  EXPECT_EQ(foreground(Image(50, 40, PixelFormat::Gray8)).area(), 50 * 40);
  EXPECT_EQ(foreground(Image(3, 3, PixelFormat::Rgb16)).area(), 9);
}

}  // namespace
}  // namespace unidg
