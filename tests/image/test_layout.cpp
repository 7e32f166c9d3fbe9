#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "unidg/core/rng.h"
#include "unidg/image/layout.h"

namespace unidg {
namespace {

cv::Mat board() {
  cv::Mat out(200, 240, CV_8UC3, cv::Scalar(180, 170, 160));
  cv::rectangle(out, {30, 20, 80, 60}, {40, 40, 40}, cv::FILLED);
  cv::rectangle(out, {150, 130, 70, 40}, {90, 200, 60}, cv::FILLED);
  return out;
}
cv::Mat speckle(std::uint64_t seed) {
  cv::Mat out(200, 240, CV_8UC3);
  Rng rng(seed, "noise");
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x)
      out.at<cv::Vec3b>(y, x) = cv::Vec3b::all(static_cast<std::uint8_t>(rng.integer(256)));
  return out;
}

TEST(Layout, IsSharedByPhotosOfOneFixture) {
  cv::Mat darker = board() * 0.6, other_size, grain = board() + 0.2 * speckle(1);
  cv::resize(board(), other_size, {100, 90}, 0, 0, cv::INTER_AREA);
  cv::rectangle(darker, {40, 30, 15, 15}, {255, 255, 255}, cv::FILLED);  // a defect
  for (const cv::Mat& photo : {darker, other_size, grain})
    EXPECT_TRUE(layout_of(Image(board()), Image(photo)).is_shared);
  cv::Mat turned;
  cv::flip(board(), turned, -1);
  EXPECT_FALSE(layout_of(Image(board()), Image(turned)).is_shared);
  EXPECT_FALSE(layout_of(Image(speckle(1)), Image(speckle(2))).is_shared) << "a surface has no layout";
  EXPECT_EQ(layout_likeness(Image(board()), Image(cv::Mat(20, 20, CV_8UC3, cv::Scalar::all(9)))), 0);
}

TEST(Layout, FindsTheSymmetriesOfAPhoto) {
  cv::Mat disc(120, 120, CV_8UC1, cv::Scalar(230)), pill = disc.clone();
  cv::circle(disc, {60, 60}, 40, 60, cv::FILLED);
  auto found = layout_of(Image(disc));
  EXPECT_TRUE(found.turns && found.mirrors_x && found.mirrors_y);
  cv::ellipse(pill, {60, 60}, {50, 22}, 0, 0, 360, 60, cv::FILLED);
  found = layout_of(Image(pill));
  EXPECT_TRUE(found.mirrors_x && found.mirrors_y);
  EXPECT_FALSE(found.turns);
  found = layout_of(Image(board()));
  EXPECT_FALSE(found.turns || found.mirrors_x || found.mirrors_y);
  EXPECT_FALSE(layout_of(Image(speckle(3))).turns);
}

}  // namespace
}  // namespace unidg
