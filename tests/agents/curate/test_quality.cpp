#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "unidg/agents/curate/quality.h"
#include "unidg/core/error.h"
#include "unidg/core/rng.h"

namespace unidg::agents {
namespace {

constexpr int kSide = 80;
const cv::Rect kBox(20, 30, 24, 16);

Image plain() { return Image(cv::Mat(kSide, kSide, CV_8UC3, cv::Scalar(120, 130, 140))); }

Mask box(const cv::Rect& where) {
  Mask out(kSide, kSide);
  out.pixels()(where).setTo(255);
  return out;
}

/// The plain picture with a mark of `levels`; its rim fades as paste-back's feather does.
Image marked(const cv::Rect& where, double levels, bool is_soft = false) {
  auto out = plain();
  cv::Mat strength = cv::Mat::zeros(kSide, kSide, CV_32F);
  strength(where).setTo(levels);
  if (is_soft) cv::GaussianBlur(strength, strength, {}, 1.5);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      for (int c = 0; c < 3; ++c)
        out.pixels().at<cv::Vec3b>(y, x)[c] =
            cv::saturate_cast<uchar>(out.pixels().at<cv::Vec3b>(y, x)[c] - strength.at<float>(y, x));
  return out;
}

double overlap(const Mask& a, const Mask& b) {
  return static_cast<double>(cv::countNonZero(a.pixels() & b.pixels())) /
         cv::countNonZero(a.pixels() | b.pixels());
}

TEST(EstimatedMask, FindsWhatChangedToAPixel) {
  EXPECT_GT(overlap(estimate_mask(plain(), marked(kBox, 60)), box(kBox)), 0.85);
  EXPECT_GT(overlap(estimate_mask(plain(), marked(kBox, 60, true)), box(kBox)), 0.85) << "soft rims stay out";
  EXPECT_GT(overlap(estimate_mask(plain(), marked(kBox, 8)), box(kBox)), 0.8) << "a faint mark too";
}

TEST(EstimatedMask, IsEmptyWhereNothingOrOnlySpecksChanged) {
  EXPECT_TRUE(estimate_mask(plain(), plain()).is_empty());
  EXPECT_TRUE(estimate_mask(plain(), marked({5, 5, 1, 1}, 30)).is_empty());
  EXPECT_TRUE(estimate_mask(plain(), marked(kBox, 3)).is_empty()) << "below what an eye sees";
}

TEST(EditQuality, TellsWeakLittleAndSpilledFromGood) {
  const QualityConfig rules;
  const auto fault = [&](const Image& painted) {
    return fault_of(measure_edit(plain(), painted, box(kBox)), rules);
  };
  EXPECT_EQ(fault(marked(kBox, 60)), "");
  EXPECT_EQ(fault(plain()), "too weak");
  EXPECT_EQ(fault(marked({20, 30, 5, 5}, 90)), "little changed");
  EXPECT_EQ(fault(marked({20, 30, 48, 16}, 60)), "spills over");
}

TEST(ForeignShare, TellsTheReferencesSurfaceFromItsDefect) {
  // Rust on a blue plate, the mask drawn twice as wide as the rust.
  const cv::Scalar blue(20, 40, 160), rust(120, 60, 20);
  MaskedImage reference{Image(cv::Mat(kSide, kSide, CV_8UC3, blue)), box({20, 20, 40, 20})};
  reference.image.pixels()(cv::Rect(20, 20, 20, 20)).setTo(rust);
  auto whole = plain(), defect = plain();
  whole.pixels()(kBox).setTo(rust);
  whole.pixels()(cv::Rect(kBox.x + kBox.width / 2, kBox.y, kBox.width / 2, kBox.height)).setTo(blue);
  defect.pixels()(kBox).setTo(rust);
  const auto share = foreign_share(plain(), whole, box(kBox), reference);
  EXPECT_NEAR(share, 0.5, 0.06);
  EXPECT_EQ(foreign_share(plain(), defect, box(kBox), reference), 0);
  EXPECT_EQ(foreign_share(plain(), plain(), box(kBox), reference), 0);
  EXPECT_EQ(foreign_share(reference.image, whole, box(kBox), reference), 0) << "blue is at home there";
  auto quality = measure_edit(plain(), whole, box(kBox));
  quality.foreign = share;
  EXPECT_EQ(fault_of(quality, {}), "foreign surface");
}

TEST(EditQuality, RulesHoldAtTheirBoundaries) {
  EditQuality at{.change = 2, .coverage = 0.15, .spill = 0.3};
  EXPECT_EQ(fault_of(at, {}), "");
  at.change = 1.999;
  EXPECT_EQ(fault_of(at, {}), "too weak");
  at = {.change = 2, .coverage = 0.1499, .spill = 0.3};
  EXPECT_EQ(fault_of(at, {}), "little changed");
  at = {.change = 2, .coverage = 0.15, .spill = 0.3001};
  EXPECT_EQ(fault_of(at, {}), "spills over");
}

TEST(EditQuality, RefusesOtherSizes) {
  EXPECT_THROW(measure_edit(plain(), Image(kSide, kSide + 1, PixelFormat::Rgb8), box(kBox)), InputError);
  EXPECT_THROW(measure_edit(plain(), plain(), Mask(kSide, kSide - 1)), InputError);
}

}  // namespace
}  // namespace unidg::agents
