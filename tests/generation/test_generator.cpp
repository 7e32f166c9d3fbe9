#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "unidg/core/rng.h"
#include "unidg/editing/collage.h"
#include "unidg/generation/generator.h"

namespace unidg::generation {
namespace {

using conditioning::PaintConfig;
using conditioning::View;

/// Networks replaced by a rule: the window's own picture plus a drift, and a colour inside the mask that
/// depends on seed and id.
class RulePainter : public conditioning::Painter {
 public:
  explicit RulePainter(double drift) : drift_(drift) {}
  std::vector<cv::Mat> paint(const std::vector<View>& views, const PaintConfig&) override {
    std::vector<cv::Mat> out;
    for (const auto& view : views) {
      cv::Mat picture;
      view.diptych.target.image.convertTo(picture, CV_32FC3);
      picture += cv::Scalar::all(drift_);
      Rng rng(view.seed, view.id);
      picture.setTo(cv::Scalar(rng.uniform(0, 60), rng.uniform(0, 60), 200) + cv::Scalar::all(drift_),
                    view.diptych.target.mask);
      out.push_back(picture);
    }
    return out;
  }
  std::string name() const override { return "rule"; }
  int size() const override { return 64; }
  bool wants_collage() const override { return false; }
  bool is_small() const override { return true; }
  PaintConfig resolve(PaintConfig c) const override {
    if (c.hole == "auto") c.hole = "black";
    return c;
  }

 private:
  double drift_;
};

DefectGenerator generator(double drift = 0) {
  return {std::make_unique<RulePainter>(drift), GenerateConfig{}};
}

Image noise_picture(int width, int height, PixelFormat format) {
  Image image(width, height, format);
  cv::randu(image.pixels(), 0, bit_depth(format) == 16 ? 65536 : 256);
  return image;
}

std::shared_ptr<const MaskedImage> reference() {
  Image image = noise_picture(60, 50, PixelFormat::Rgb8);
  Mask mask(60, 50);
  cv::circle(mask.pixels(), {30, 25}, 8, 255, cv::FILLED);
  return std::make_shared<const MaskedImage>(MaskedImage{image, mask});
}

// Shapes that have broken such tools before.
std::vector<Mask> masks(int width, int height) {
  std::vector<Mask> out(5, Mask(width, height));
  out[0].pixels().at<uchar>(height / 2, width / 3) = 255;                          // one pixel
  cv::rectangle(out[1].pixels(), {0, 0, width / 4, height / 3}, 255, cv::FILLED);  // touches the border
  out[2].pixels().setTo(255);                                                      // the whole frame
  cv::circle(out[3].pixels(), {width / 2, height / 2}, 12, 255, 4);                // a hole inside
  cv::circle(out[4].pixels(), {6, 6}, 3, 255, cv::FILLED);                         // parts far apart
  cv::circle(out[4].pixels(), {width - 8, height - 8}, 4, 255, cv::FILLED);
  return out;
}

TEST(DefectGenerator, KeepsEveryByteOutsideTheUsedMask) {
  const auto make = generator(15);
  for (const auto format :
       {PixelFormat::Gray8, PixelFormat::Gray16, PixelFormat::Rgb8, PixelFormat::Rgba8, PixelFormat::Rgb16})
    for (const auto& [width, height] : {std::pair{97, 61}, {40, 130}}) {
      const auto source = noise_picture(width, height, format);
      int shape = 0;
      for (const auto& mask : masks(width, height)) {
        const auto result = make.generate({reference(), source, mask, 1, "item"});
        SCOPED_TRACE(text(name(format), " ", width, "x", height, " mask ", shape++));
        ASSERT_NE(result.status, "failed") << result.reason;
        ASSERT_EQ(result.image.format(), format);
        ASSERT_EQ(result.image.width(), width);
        cv::Mat difference, changed = cv::Mat::zeros(height, width, CV_8UC1);
        std::vector<cv::Mat> planes;
        cv::absdiff(result.image.pixels(), source.pixels(), difference);
        cv::split(difference, planes);
        for (const auto& plane : planes) changed |= plane != 0;
        EXPECT_EQ(cv::countNonZero(changed & ~result.used.pixels()), 0);
        EXPECT_GT(cv::countNonZero(changed), 0);
        const int alpha_changes = format == PixelFormat::Rgba8 ? cv::countNonZero(planes[3]) : 0;
        EXPECT_EQ(alpha_changes, 0) << "alpha is not ours to change";
      }
    }
}

TEST(DefectGenerator, APictureDependsOnSeedAndIdNotOnItsNeighbours) {
  const auto make = generator();
  std::vector<Request> requests;
  for (int i = 0; i < 4; ++i) {
    auto mask = masks(80, 70)[static_cast<std::size_t>(i)];
    requests.push_back({reference(), noise_picture(80, 70, PixelFormat::Rgb8), mask, 9, text("item-", i)});
  }
  const auto together = make.generate(requests);
  for (std::size_t i = requests.size(); i-- > 0;)
    EXPECT_TRUE(make.generate(requests[i]).image == together[i].image) << i;
  auto other = requests[1];
  other.seed = 10;
  EXPECT_FALSE(make.generate(other).image == together[1].image);
}

TEST(DefectGenerator, ToneDriftVanishesAndADiscolorationSurvives) {  // docs/choices.md 74e
  Image source(96, 96, PixelFormat::Rgb8);
  source.pixels().setTo(cv::Scalar(120, 120, 120));
  Mask mask(96, 96);
  cv::circle(mask.pixels(), {48, 48}, 10, 255, cv::FILLED);
  const Request request{reference(), source, mask, 1, "tone"};
  const auto clean = generator(0).generate(request), drifted = generator(25).generate(request);
  cv::Mat difference;
  cv::absdiff(clean.image.pixels(), drifted.image.pixels(), difference);
  double largest = 0;
  cv::minMaxLoc(difference.reshape(1), nullptr, &largest);
  EXPECT_LE(largest, 1.0) << "the drift shows";
  EXPECT_GT(cv::mean(drifted.image.pixels(), mask.pixels())[2], 185)
      << "the discoloration was taken for drift";

  GenerateConfig without;
  without.editing.tone = "none";
  const auto patch = DefectGenerator(std::make_unique<RulePainter>(25), without).generate(request);
  cv::absdiff(clean.image.pixels(), patch.image.pixels(), difference);
  cv::minMaxLoc(difference.reshape(1), nullptr, &largest);
  EXPECT_GT(largest, 15.0) << "the guard has nothing to guard";
}

TEST(DefectGenerator, ANativeMaskHasTheReferencesShape) {
  GenerateConfig config;
  config.mask = "native";
  const DefectGenerator make(std::make_unique<RulePainter>(0), config);
  Mask asked(120, 90);
  asked.pixels()(cv::Rect(30, 20, 60, 8)).setTo(255);
  const auto source = noise_picture(120, 90, PixelFormat::Rgb8);
  const auto result = make.generate({reference(), source, asked, 1, "item"});  // the reference's is a disc
  ASSERT_NE(result.status, "failed") << result.reason;
  EXPECT_NEAR(result.label.area(), asked.area(), 60);
  cv::Mat disc = cv::Mat::zeros(90, 120, CV_8UC1);
  cv::circle(disc, {60, 24}, cvRound(std::sqrt(480 / CV_PI)), 255, cv::FILLED);
  EXPECT_GT(cv::countNonZero(disc & result.label.pixels()),
            0.85 * cv::countNonZero(disc | result.label.pixels()));
  EXPECT_EQ(result.used, editing::dilate(result.label, config.editing));
  EXPECT_TRUE(generator().generate({reference(), source, asked, 1, "item"}).label.pixels().empty());
}

TEST(DefectGenerator, TellsWhatItCouldNotPaint) {
  const auto make = generator();
  const auto source = noise_picture(50, 40, PixelFormat::Gray8);
  const auto results = make.generate({{reference(), source, Mask(50, 40), 1, "empty"},
                                      {reference(), source, Mask(40, 50), 1, "size"},
                                      {reference(), source, masks(50, 40)[3], 1, "good"}});
  EXPECT_EQ(results[0].status, "failed");
  EXPECT_THAT(results[0].reason, ::testing::HasSubstr("mask is empty"));
  EXPECT_EQ(results[1].status, "failed");
  EXPECT_THAT(results[1].reason, ::testing::HasSubstr("40 x 50"));
  EXPECT_NE(results[2].status, "failed");
}

TEST(DefectGenerator, CallsAnInvisibleChangeWeak) {
  GenerateConfig config;
  config.weak_below = 250;
  const DefectGenerator make(std::make_unique<RulePainter>(0), config);
  const auto result =
      make.generate({reference(), noise_picture(50, 40, PixelFormat::Rgb8), masks(50, 40)[3], 1, "w"});
  EXPECT_EQ(result.status, "weak");
  EXPECT_THAT(result.reason, ::testing::HasSubstr("mean change"));
}

/// Returns the collage that it is shown.
class CollagePainter : public RulePainter {
 public:
  CollagePainter() : RulePainter(0) {}
  std::vector<cv::Mat> paint(const std::vector<View>& views, const PaintConfig&) override {
    std::vector<cv::Mat> out;
    for (const auto& view : views) view.collage.convertTo(out.emplace_back(), CV_32FC3);
    return out;
  }
  bool wants_collage() const override { return true; }
};

/// Dark, and light from `edge` on.
cv::Mat step_at(int edge) {
  cv::Mat out(128, 128, CV_8UC3, cv::Scalar(80, 75, 70));
  out.colRange(edge, 128).setTo(cv::Scalar(170, 165, 160));
  return out;
}

TEST(DefectGenerator, ACollageContinuesTheScenesStructuresUnlessToldNotTo) {
  Mask mask(128, 128);
  cv::circle(mask.pixels(), {64, 64}, 20, 255, cv::FILLED);
  const auto chipped = std::make_shared<const MaskedImage>(MaskedImage{Image(step_at(64)), mask});
  const auto scene = step_at(68);
  const auto wrong = [&](bool continues) {
    GenerateConfig config;
    config.paint.hole = "collage";
    config.editing.lift = "whole";
    config.editing.continues = continues;
    const DefectGenerator make(std::make_unique<CollagePainter>(), config);
    cv::Mat difference;
    cv::absdiff(make.generate({chipped, Image(scene), mask, 1, "c"}).image.rgb8(), scene, difference);
    return cv::countNonZero(difference.reshape(1) > 40);
  };
  EXPECT_GT(wrong(false), 200);
  EXPECT_LT(wrong(true), wrong(false) / 2);
}

// A painter that changes nothing returns the collage itself, soft edge and all.
TEST(DefectGenerator, ACollageIsFeatheredOnce) {
  Mask mask(128, 128);
  cv::circle(mask.pixels(), {64, 64}, 20, 255, cv::FILLED);
  auto defect = step_at(128);
  defect.setTo(cv::Scalar(200, 190, 30), mask.pixels());
  const MaskedImage reference{Image(defect), mask};
  GenerateConfig config;
  config.paint.hole = "collage";
  config.paint.detail = "collage";
  config.editing.lift = "whole";
  config.editing.tone = "none";
  const DefectGenerator make(std::make_unique<CollagePainter>(), config);
  const auto result =
      make.generate({std::make_shared<const MaskedImage>(reference), Image(step_at(128)), mask, 1, "c"});
  const auto collage = editing::make_collage(reference, step_at(128), mask.pixels(), result.used.pixels(),
                                             "source", "whole", 1, true);
  EXPECT_LE(cv::norm(result.image.rgb8(), collage.image, cv::NORM_INF), 1);
}

// One product in photos of one size: its own pixels at its own size; another photo: as native.
TEST(DefectGenerator, AnExactMaskCopiesTheReferencesPixelsWhereTheProductIsOne) {
  cv::Mat photo(128, 128, CV_8UC3), scene(128, 128, CV_8UC3);
  cv::RNG(1).fill(photo, cv::RNG::UNIFORM, 90, 130), cv::RNG(2).fill(scene, cv::RNG::UNIFORM, 90, 130);
  Mask mask(128, 128), asked(128, 128);
  cv::rectangle(mask.pixels(), {40, 60}, {69, 69}, 255, cv::FILLED);
  cv::rectangle(asked.pixels(), {50, 62}, {89, 77}, 255, cv::FILLED);
  photo.setTo(cv::Scalar(200, 40, 40), mask.pixels());
  cv::RNG grain(3);
  for (int x = 40; x < 70; ++x)
    photo.at<cv::Vec3b>(65, x)[1] = static_cast<std::uint8_t>(grain.uniform(0, 256));
  GenerateConfig config;
  config.mask = "exact";
  config.paint.hole = "collage";
  config.paint.detail = "collage";
  config.editing.tone = "none";
  const DefectGenerator make(std::make_unique<CollagePainter>(), config);
  const auto defect = std::make_shared<const MaskedImage>(MaskedImage{Image(photo), mask});
  const auto result = make.generate({defect, Image(scene), asked, 1, "e"});
  EXPECT_EQ(result.label.area(), mask.area()) << "its own size";
  const auto box = result.label.box();
  EXPECT_LE(cv::norm(result.image.rgb8()(box), photo(mask.box()), cv::NORM_INF), 3) << "its own light";
  EXPECT_EQ(result.used, editing::dilate(result.label, config.editing));

  const auto part = make.generate({defect, Image(scene(cv::Rect(44, 56, 48, 48)).clone()),
                                   Mask(asked.pixels()(cv::Rect(44, 56, 48, 48)).clone()), 1, "e"});
  EXPECT_NEAR(part.label.area(), asked.area(), 80) << "a photo that shows less: scaled to the mask";
}

TEST(GenerateConfig, FieldsReadBack) {
  GenerateConfig config, back;
  config.paint.start = 0.3;
  config.editing.size = 512;
  read_fields(back, echo_fields(config), "echo");
  EXPECT_EQ(back.paint.start, 0.3);
  EXPECT_EQ(back.editing.size, 512);
}

}  // namespace
}  // namespace unidg::generation
