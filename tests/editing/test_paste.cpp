#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "support/picture_bytes.h"
#include "tests/editing/masks.h"
#include "unidg/core/error.h"
#include "unidg/editing/diptych.h"

namespace unidg::editing {
namespace {

using namespace unidg::testing;

constexpr PixelFormat kFormats[] = {PixelFormat::Gray8, PixelFormat::Gray16, PixelFormat::Rgb8,
                                    PixelFormat::Rgba8, PixelFormat::Rgb16};

/// Does the whole way with a model that paints noise everywhere.
Image paint_noise(const Image& source, const Mask& asked, const EditingConfig& c, std::uint64_t seed) {
  const auto used = dilate(asked, c);
  Image canvas = source.clone();
  const auto windows = plan_windows(used, c);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const auto part = window_part(used, windows, i);
    const Mask asked_part(asked.pixels() & part.pixels());
    const auto painted = unplace(noise(c.size, c.size, PixelFormat::Rgb8, seed + i).pixels(), windows[i]);
    paste_back(canvas, painted, windows[i].window, paste_alpha(asked_part, part, windows[i].window, c));
  }
  return canvas;
}

cv::Mat changed_pixels(const Image& a, const Image& b) {
  cv::Mat out = cv::Mat::zeros(a.pixels().size(), CV_8UC1);
  const auto bytes = a.pixels().elemSize();
  for (int y = 0; y < a.height(); ++y)
    for (int x = 0; x < a.width(); ++x)
      if (!std::equal(a.pixels().ptr(y, x), a.pixels().ptr(y, x) + bytes, b.pixels().ptr(y, x)))
        out.at<std::uint8_t>(y, x) = 255;
  return out;
}

TEST(PasteBack, NothingOutsideTheUsedMaskChanges) {
  for (const auto format : kFormats)
    for (const auto& size : {cv::Size(97, 61), cv::Size(64, 64), cv::Size(31, 140)})
      for (const auto& [shape, asked] : mask_shapes(size.width, size.height))
        for (const char* zoom : {"none", "window", "insert-anything"})
          for (const char* limit : {"used", "asked"}) {
            EditingConfig c;
            c.size = 64;
            c.target_zoom = zoom;
            c.paste_limit = limit;
            const auto source = noise(size.width, size.height, format);
            const auto out = paint_noise(source, asked, c, 11);
            ASSERT_EQ(out.format(), format);
            const auto changed = changed_pixels(source, out);
            const auto allowed = std::string(limit) == "asked" ? asked : dilate(asked, c);
            EXPECT_EQ(cv::countNonZero(changed & ~allowed.pixels()), 0)
                << name(format) << " " << shape << " " << zoom << " " << limit;
            EXPECT_GT(cv::countNonZero(changed), 0)
                << name(format) << " " << shape << " " << zoom << " " << limit;
          }
}

TEST(PasteBack, KeepsTheAlphaChannel) {
  const auto source = noise(40, 40, PixelFormat::Rgba8);
  Mask all(40, 40);
  all.pixels().setTo(255);
  EditingConfig c;
  c.size = 32;
  const auto out = paint_noise(source, all, c, 3);
  cv::Mat before, after;
  cv::extractChannel(source.pixels(), before, 3);
  cv::extractChannel(out.pixels(), after, 3);
  EXPECT_EQ(cv::norm(before, after, cv::NORM_INF), 0);
}

TEST(PasteBack, PaintsTheMaskItself) {
  for (const auto format : kFormats) {
    Image canvas = noise(50, 40, format);
    Mask asked(50, 40);
    asked.pixels()(cv::Rect(20, 15, 8, 6)).setTo(255);
    const EditingConfig c;
    const cv::Mat painted(40, 50, CV_32FC3, cv::Scalar(60, 120, 180));
    paste_back(canvas, painted, {0, 0, 50, 40}, feather(asked, dilate(asked, c), c));
    const auto colour = canvas.rgb8().at<cv::Vec3b>(17, 23);
    EXPECT_EQ(colour, channels(format) == 1 ? cv::Vec3b(120, 120, 120) : cv::Vec3b(60, 120, 180))
        << name(format);
  }
}

TEST(PasteBack, Keeps16BitPrecision) {
  Image canvas(8, 8, PixelFormat::Gray16);
  paste_back(canvas, cv::Mat(8, 8, CV_32FC3, cv::Scalar::all(100.5)), {0, 0, 8, 8},
             cv::Mat(8, 8, CV_32FC1, cv::Scalar(1)));
  EXPECT_EQ(canvas.pixels().at<std::uint16_t>(4, 4), 25829);  // 100.5 * 257 = 25828.5
}

TEST(PasteBack, RefusesOtherSizes) {
  Image canvas(8, 8, PixelFormat::Gray8);
  EXPECT_THROW(paste_back(canvas, cv::Mat(4, 4, CV_32FC3), {0, 0, 8, 8}, cv::Mat(8, 8, CV_32FC1)), Error);
}

TEST(Feather, IsOneOnTheMaskAskedAndZeroOutsideTheUsed) {
  const EditingConfig c;
  for (const auto& [shape, asked] : mask_shapes(90, 70)) {
    const auto used = dilate(asked, c);
    const auto alpha = feather(asked, used, c);
    for (int y = 0; y < alpha.rows; ++y)
      for (int x = 0; x < alpha.cols; ++x) {
        const float a = alpha.at<float>(y, x);
        if (asked.pixels().at<std::uint8_t>(y, x))
          EXPECT_EQ(a, 1.0f) << shape;
        else if (!used.pixels().at<std::uint8_t>(y, x))
          EXPECT_EQ(a, 0.0f) << shape;
        else
          EXPECT_TRUE(a > 0 && a < 1) << shape << " " << a;
      }
  }
}

TEST(Feather, FallsSteadilyAcrossTheRing) {
  Mask asked(60, 20);
  asked.pixels()(cv::Rect(20, 0, 10, 20)).setTo(255);
  const EditingConfig c;
  const auto alpha = feather(asked, dilate(asked, c), c);
  for (int x = 30; x < 37; ++x) EXPECT_LT(alpha.at<float>(10, x), alpha.at<float>(10, x - 1));
}

TEST(Feather, WithinTheMaskAskedReachesOneEvenInAScratch) {
  EditingConfig c;
  c.paste_limit = "asked";
  for (const auto& [shape, asked] : mask_shapes(90, 70)) {
    const auto alpha = feather(asked, dilate(asked, c), c);
    double highest = 0;
    cv::minMaxLoc(alpha, nullptr, &highest);
    EXPECT_EQ(highest, 1.0) << shape;
    EXPECT_EQ(cv::countNonZero((alpha > 0) & ~asked.pixels()), 0) << shape;
  }
}

TEST(PasteAlpha, KnowsThePublishedWays) {  // docs/choices.md 13
  EditingConfig c;
  Mask asked(30, 30);
  asked.pixels()(cv::Rect(10, 10, 3, 3)).setTo(255);
  c.paste = "right-half";
  EXPECT_EQ(cv::countNonZero(paste_alpha(asked, asked, {5, 5, 20, 20}, c)), 400);
  c.paste = "crop";
  EXPECT_EQ(cv::countNonZero(paste_alpha(asked, asked, {5, 5, 20, 20}, c)), 256);
}

/// A scene with structure, and what a codec with a constant colour drift makes of its window.
struct Drift {
  Image source{cv::Mat()};
  Mask asked{120, 100}, used{120, 100};
  cv::Rect window{10, 10, 100, 80};
  cv::Mat painted;
};

Drift drifted(const cv::Scalar& drift, const cv::Scalar& discoloration) {
  Drift d;
  cv::Mat pixels(100, 120, CV_8UC3);
  for (int y = 0; y < 100; ++y)
    for (int x = 0; x < 120; ++x)
      pixels.at<cv::Vec3b>(y, x) = cv::Vec3b(90 + x / 2, 80 + y / 2, 100 + (x + y) % 7);
  d.source = Image(pixels);
  cv::circle(d.asked.pixels(), {60, 50}, 15, 255, cv::FILLED);
  d.used = dilate(d.asked, EditingConfig{});
  pixels(d.window).convertTo(d.painted, CV_32FC3);
  cv::Mat defect;
  d.asked.pixels()(d.window).copyTo(defect);
  cv::add(d.painted, discoloration, d.painted, defect);
  d.painted += drift;
  return d;
}

TEST(RingOffset, UndoesAConstantDriftWithoutAVisiblePatch) {
  const auto d = drifted({6, -5, 9}, {});
  const auto offset = ring_offset(d.painted, d.source, d.used, d.window);
  Image canvas = d.source.clone();
  paste_back(canvas, d.painted + offset, d.window, feather(d.asked, d.used, EditingConfig{}));
  EXPECT_EQ(canvas, d.source);
}

TEST(RingOffset, LeavesADiscolorationInsideTheMask) {
  const cv::Scalar stain(40, -30, -35);
  const auto d = drifted({6, -5, 9}, stain);
  const auto offset = ring_offset(d.painted, d.source, d.used, d.window);
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(offset[c], -cv::Scalar(6, -5, 9)[c], 0.01);
  Image canvas = d.source.clone();
  paste_back(canvas, d.painted + offset, d.window, feather(d.asked, d.used, EditingConfig{}));
  const auto before = d.source.pixels().at<cv::Vec3b>(50, 60), after = canvas.pixels().at<cv::Vec3b>(50, 60);
  for (int c = 0; c < 3; ++c) EXPECT_EQ(after[c] - before[c], stain[c]);
}

TEST(RingOffset, IsZeroWhenNothingIsKept) {
  Mask all(20, 20);
  all.pixels().setTo(255);
  EXPECT_EQ(ring_offset(cv::Mat(20, 20, CV_32FC3, cv::Scalar::all(50)), Image(20, 20, PixelFormat::Gray8),
                        all, {0, 0, 20, 20}),
            cv::Scalar());
}

}  // namespace
}  // namespace unidg::editing
