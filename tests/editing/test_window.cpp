#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "support/picture_bytes.h"
#include "tests/editing/masks.h"
#include "unidg/core/error.h"
#include "unidg/editing/diptych.h"
#include "unidg/editing/square.h"

namespace unidg::editing {
namespace {

using namespace unidg::testing;

EditingConfig zoomed(const char* zoom, int size = 128) {
  EditingConfig c;
  c.target_zoom = zoom;
  c.size = size;
  return c;
}

TEST(ResizeMask, MaxKeepsEveryPixel) {  // any set source pixel -> set model pixel
  for (const int side : {17, 64, 100, 333, 1000})
    for (const int size : {16, 64, 128})
      for (int k = 0; k < 40; ++k) {
        cv::Mat mask = cv::Mat::zeros(side, side, CV_8UC1);
        const int x = (k * 7919) % side, y = (k * 104729) % side;
        mask.at<std::uint8_t>(y, x) = 255;
        const auto out = resize_mask(mask, size, "max");
        EXPECT_EQ(out.at<std::uint8_t>(y * size / side, x * size / side), 255) << side << " to " << size;
      }
}

TEST(ResizeMask, MaxIsASupersetOfLinear) {
  cv::RNG rng(5);
  for (const int side : {20, 50, 90, 200})
    for (const int size : {32, 64, 96}) {
      cv::Mat mask(side, side, CV_8UC1);
      rng.fill(mask, cv::RNG::UNIFORM, 0, 256);
      mask = mask > 180;
      const auto linear = resize_mask(mask, size, "linear"), max = resize_mask(mask, size, "max");
      EXPECT_EQ(cv::countNonZero(linear & ~max), 0) << side << " to " << size;
    }
}

TEST(PlanWindows, NoZoomShowsTheWholeSource) {
  const auto windows = plan_windows(mask_shapes(101, 60)[0].second, zoomed("none"));
  ASSERT_EQ(windows.size(), 1u);
  EXPECT_EQ(windows[0].window, cv::Rect(0, 0, 101, 60));
  EXPECT_EQ(windows[0].square, 101);
  EXPECT_EQ(windows[0].offset, cv::Point(0, 20));  // int(41 / 2) first
}

TEST(PlanWindows, SurroundsTheMaskWithContext) {
  Mask used(1000, 800);
  used.pixels()(cv::Rect(500, 300, 100, 50)).setTo(255);
  const auto windows = plan_windows(used, zoomed("window"));
  ASSERT_EQ(windows.size(), 1u);
  EXPECT_EQ(windows[0].window, cv::Rect(450, 225, 200, 200));
  EXPECT_EQ(windows[0].square, 200);
}

TEST(PlanWindows, ShiftsInsideAndIsNeverTooSmall) {
  Mask used(1000, 800);
  used.pixels().at<std::uint8_t>(799, 0) = 255;
  EXPECT_EQ(plan_windows(used, zoomed("window"))[0].window, cv::Rect(0, 800 - 64, 64, 64));
  Mask small(50, 30);  // smaller than the smallest window: clipped and padded
  small.pixels().at<std::uint8_t>(3, 3) = 255;
  const auto window = plan_windows(small, zoomed("window"))[0];
  EXPECT_EQ(window.window, cv::Rect(0, 0, 50, 30));
  EXPECT_EQ(window.square, 50);
}

TEST(PlanWindows, GivesFarPartsTheirOwnWindows) {
  Mask used(1000, 800);
  used.pixels()(cv::Rect(20, 20, 40, 40)).setTo(255);
  used.pixels()(cv::Rect(70, 30, 10, 10)).setTo(255);  // near the first
  used.pixels()(cv::Rect(900, 700, 50, 30)).setTo(255);
  const auto windows = plan_windows(used, zoomed("auto"));
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_EQ(window_part(used, windows, 0).area(), 40 * 40 + 10 * 10);
  EXPECT_EQ(window_part(used, windows, 1).area(), 50 * 30);
}

TEST(PlanWindows, EveryPixelBelongsToExactlyOneWindow) {
  cv::RNG rng(9);
  for (int k = 0; k < 12; ++k) {
    Mask used(640, 480);
    for (int i = 0; i < 1 + k * 30; ++i)
      cv::circle(used.pixels(), {rng.uniform(0, 640), rng.uniform(0, 480)}, rng.uniform(0, 9), 255,
                 cv::FILLED);
    const auto windows = plan_windows(used, zoomed("window"));
    cv::Mat sum = cv::Mat::zeros(480, 640, CV_8UC1);
    for (std::size_t i = 0; i < windows.size(); ++i) {
      const auto part = window_part(used, windows, i);
      EXPECT_EQ((part.box() & windows[i].window), part.box());
      EXPECT_EQ(cv::countNonZero(sum & part.pixels()), 0);
      sum |= part.pixels();
    }
    EXPECT_EQ(Mask(sum), used) << k;
  }
}

TEST(PlanWindows, InsertAnythingsZoom) {  // worked by hand
  // box [400, 499], r1 = 0.01 -> r2 = 0.115, side 339.1 about 449.5: [279, 619]; inclusive side 341, r1 =
  // 0.1163 -> r2 = 0.2744, side 523.9 about 449: [187, 710]; squared about 448 with 523 // 2: x [187, 709]
  Mask used(1000, 1000);
  used.pixels()(cv::Rect(400, 400, 100, 100)).setTo(255);
  EXPECT_EQ(plan_windows(used, zoomed("insert-anything"))[0].window, cv::Rect(187, 187, 522, 523));
  Mask all(60, 40);
  all.pixels().setTo(255);
  EXPECT_EQ(plan_windows(all, zoomed("insert-anything"))[0].window.height, 40);
}

TEST(PlanWindows, LeavesAMaskOfManyPartsAsItIs) {
  cv::Mat dots = cv::Mat::zeros(200, 200, CV_8UC1);
  for (int i = 0; i < 100; ++i) dots.at<std::uint8_t>(10 + 18 * (i / 10), 10 + 18 * (i % 10)) = 255;
  const Mask used(dots), before = used.clone();
  plan_windows(used, zoomed("window"));
  EXPECT_TRUE(used == before);
}

TEST(PlanWindows, RefusesAnEmptyMask) { EXPECT_THROW(plan_windows(Mask(9, 9), EditingConfig{}), InputError); }

TEST(ViewTarget, PadsWithWhiteAndKeepsTheMask) {
  const auto source = noise(50, 30, PixelFormat::Gray8);
  Mask used(50, 30);
  used.pixels()(cv::Rect(10, 10, 5, 5)).setTo(255);
  auto c = zoomed("none", 64);
  const auto view = view_target(source, used, plan_windows(used, c)[0], c);
  EXPECT_EQ(view.image.size(), cv::Size(64, 64));
  EXPECT_EQ(view.image.at<cv::Vec3b>(0, 30), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(view.mask.at<std::uint8_t>(0, 30), 0);
  EXPECT_EQ(view.mask.at<std::uint8_t>((10 + 10 + 2) * 64 / 50, 12 * 64 / 50), 255);
  EXPECT_THROW(view_target(source, Mask(30, 50), view.placement, c), InputError);
}

TEST(Unplace, InvertsViewTarget) {
  // A smooth picture survives the way to the model and back.
  cv::Mat smooth(300, 420, CV_8UC3);
  for (int y = 0; y < smooth.rows; ++y)
    for (int x = 0; x < smooth.cols; ++x) smooth.at<cv::Vec3b>(y, x) = cv::Vec3b(x / 2, y / 2, (x + y) / 3);
  const Image source(smooth);
  for (const auto& [shape, mask] : mask_shapes(420, 300))
    for (const char* zoom : {"none", "window", "insert-anything"})
      for (const int size : {64, 256, 512}) {
        const auto c = zoomed(zoom, size);
        const auto used = dilate(mask, c);
        for (const auto& placement : plan_windows(used, c)) {
          const auto view = view_target(source, used, placement, c);
          const auto back = unplace(view.image, placement);
          ASSERT_EQ(back.size(), placement.window.size());
          ASSERT_EQ(back.type(), CV_32FC3);
          cv::Mat expected, difference;
          smooth(placement.window).convertTo(expected, CV_32FC3);
          cv::absdiff(back, expected, difference);
          // the white padding bleeds into pixels beside it: look inside
          const int edge = std::min({1 + 4 * placement.square / size, back.cols / 3, back.rows / 3});
          const cv::Mat inner = difference(cv::Rect(edge, edge, back.cols - 2 * edge, back.rows - 2 * edge));
          double worst = 0;
          cv::minMaxLoc(inner.reshape(1), nullptr, &worst);
          EXPECT_LT(worst, 3.0) << shape << " " << zoom << " " << size;
        }
      }
}

}  // namespace
}  // namespace unidg::editing
