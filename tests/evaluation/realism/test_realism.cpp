#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/writer.h"
#include "unidg/evaluation/realism/classifier.h"
#include "unidg/evaluation/realism/realism.h"

namespace unidg::testing {
namespace {

using namespace unidg::evaluation;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr int kSide = 128;

/// A grainy grey surface.
cv::Mat surface(Rng& rng) {
  cv::Mat grain(kSide, kSide, CV_32FC3);
  rng.fill_normal(grain.ptr<float>(), grain.total() * 3);
  cv::GaussianBlur(grain, grain, {3, 3}, 0.8);
  cv::Mat out;
  cv::Mat(grain * 9 + cv::Scalar(130, 124, 118)).convertTo(out, CV_8UC3);
  return out;
}

/// A round spot somewhere, radius 10 to 20.
Mask spot(Rng& rng) {
  Mask mask(kSide, kSide);
  const auto place = [&] { return static_cast<int>(30 + rng.integer(kSide - 60)); };
  const cv::Point centre(place(), place());
  cv::circle(mask.pixels(), centre, static_cast<int>(10 + rng.integer(11)), cv::Scalar(255), cv::FILLED);
  return mask;
}

/// The spot darker, its grain kept and its edge soft, as a stain would be.
cv::Mat stained(const cv::Mat& rgb, const Mask& mask) {
  cv::Mat soft, out = rgb.clone();
  cv::GaussianBlur(mask.pixels(), soft, {7, 7}, 2);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      for (int c = 0; c < 3; ++c)
        out.at<cv::Vec3b>(y, x)[c] = static_cast<std::uint8_t>(rgb.at<cv::Vec3b>(y, x)[c] *
                                                               (1 - 0.4 * soft.at<std::uint8_t>(y, x) / 255));
  return out;
}

/// The same spot flat, as a careless painter would leave it.
cv::Mat flattened(const cv::Mat& rgb, const Mask& mask) {
  cv::Mat out = rgb.clone();
  out.setTo(cv::Scalar(80, 75, 70), mask.pixels());
  return out;
}

using Paint = cv::Mat (*)(const cv::Mat&, const Mask&);

void write_defects(const std::filesystem::path& folder, int count, std::uint64_t seed, Paint paint) {
  for (int i = 0; i < count; ++i) {
    Rng rng(seed, static_cast<std::uint64_t>(i));
    const auto mask = spot(rng);
    save_png(folder / (std::to_string(i) + ".png"), Image(paint(surface(rng), mask)));
    save_png(folder / (std::to_string(i) + "_mask.png"), mask);
  }
}

Region region_of(std::uint64_t seed, Paint paint) {
  Rng rng(seed);
  const auto mask = spot(rng);
  return cut_region({Image(paint(surface(rng), mask)), mask}, "");
}

class Realism : public ::testing::Test {
 protected:
  Realism() {
    write_defects(folder / "real", 40, 1, stained);
    for (int i = 0; i < 12; ++i) {
      Rng rng(9, static_cast<std::uint64_t>(i));
      save_png(folder / ("real/good/" + std::to_string(i) + ".png"), Image(surface(rng)));
    }
  }
  evaluation::Realism measure(const std::string& generated) {
    RealismConfig config;
    config.relabelings = 30;
    config.bootstrap_rounds = 200;
    return measure_realism(folder / generated, folder / "real", config, 3);
  }
  TempFolder folder;
};

TEST_F(Realism, CarelessPaintIsRecognisedAndTheSameProcessIsNot) {
  write_defects(folder / "same", 40, 2, stained);
  write_defects(folder / "flat", 40, 2, flattened);
  const auto same = measure("same"), flat = measure("flat");
  for (const auto& found : {same, flat}) {
    EXPECT_EQ(found.region.void_because, "");
    EXPECT_EQ(found.seam.void_because, "");
    EXPECT_GE(*found.region.perlin, 0.9);
    EXPECT_GT(found.pairs, 30u);
    EXPECT_EQ(found.pairs + found.real_left, 40u);
    EXPECT_FALSE(found.reference);
  }
  EXPECT_LT(same.region.generated.value, 0.68);
  EXPECT_LT(same.seam.generated.value, 0.68);
  EXPECT_LE(same.region.generated.low, 0.5);
  EXPECT_GT(flat.region.generated.value, 0.95);
  EXPECT_GT(flat.seam.generated.value, 0.95);
  EXPECT_EQ(to_json(flat).dump(), to_json(measure("flat")).dump());  // the seed decides
}

TEST_F(Realism, ResolutionAloneTellsNothing) {  // the same process, stored at half the size
  write_defects(folder / "same", 40, 2, stained);
  for (int i = 0; i < 40; ++i)
    for (const std::string end : {".png", "_mask.png"}) {
      const auto path = folder / ("same/" + std::to_string(i) + end);
      cv::Mat half;
      cv::resize(load_image(path).pixels(), half, {}, 0.5, 0.5, cv::INTER_AREA);
      if (end == ".png")
        save_png(path, Image(half));
      else
        save_png(path, Mask(half));
    }
  const auto found = measure("same");
  EXPECT_EQ(found.side, kSide / 2);
  EXPECT_LT(found.region.generated.value, 0.68);
}

TEST_F(Realism, HearsThatAPictureWasInterpolated) {  // nothing but half a pixel's shift
  for (const int filter : {cv::INTER_CUBIC, cv::INTER_NEAREST}) {
    const std::string name = filter == cv::INTER_CUBIC ? "cubic" : "copied";
    write_defects(folder / name, 40, 2, stained);
    for (int i = 0; i < 40; ++i) {
      const auto path = folder / (name + "/" + std::to_string(i) + ".png");
      const cv::Matx23d half(1, 0, 0.5, 0, 1, 0.5);
      cv::Mat moved;
      cv::warpAffine(load_image(path).pixels(), moved, half, {kSide, kSide}, filter, cv::BORDER_REFLECT_101);
      save_png(path, Image(moved));
    }
  }
  EXPECT_GT(measure("cubic").region.generated.value, 0.8);
  EXPECT_LT(measure("copied").region.generated.value, 0.68);
}

TEST_F(Realism, WithoutGoodPicturesTheFigureIsVoid) {
  write_defects(folder / "same", 20, 2, stained);
  std::filesystem::remove_all(folder / "real/good");
  const auto found = measure("same");
  EXPECT_FALSE(found.region.perlin);
  EXPECT_THAT(found.region.void_because, HasSubstr("no good picture"));
  EXPECT_FALSE(to_json(found)["region"]["valid"].get<bool>());
}

TEST_F(Realism, TooFewPicturesAreRefused) {
  write_defects(folder / "few", 3, 2, stained);
  EXPECT_THAT([&] { measure("few"); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("few"), HasSubstr("at least 5"))));
  EXPECT_THROW(measure("nowhere"), InputError);
}

/// A folder that unidg wrote: 6 references of their own colours, each painted into 4 scenes.
void write_painted(const TempFolder& folder, bool copies_the_reference) {
  dataset::QuadrupletWriter writer(folder / "painted", {});
  for (int i = 0; i < 24; ++i) {
    const int k = i % 6;
    const cv::Scalar colour(60 + 30 * k, 220 - 35 * k, 40 + 25 * ((k * k) % 6)), neutral(90, 90, 90);
    const auto name = "ref" + std::to_string(k);
    Rng rng(4, static_cast<std::uint64_t>(k)), scene(5, static_cast<std::uint64_t>(i));
    auto reference = surface(rng);
    const auto shown = spot(rng);
    reference.setTo(colour, shown.pixels());
    save_png(folder / (name + ".png"), Image(reference));
    save_png(folder / (name + "_mask.png"), shown);

    dataset::Record record;
    record.id = "item-" + std::to_string(i);
    record.normal = Image(surface(scene));
    record.mask = record.mask_used = spot(scene);
    cv::Mat painted = record.normal.pixels().clone();
    painted.setTo(copies_the_reference ? colour : neutral, record.mask.pixels());
    record.abnormal = Image(painted);
    record.reference = dataset::find_reference(folder / (name + ".png"), std::nullopt);
    writer.append(record);
  }
}

TEST_F(Realism, TheReferenceIsToldFromTheRegion) {
  const TempFolder faithful, careless;
  write_painted(faithful, true);
  write_painted(careless, false);
  const auto told = measure_realism(faithful / "painted", folder / "real", {}, 1).reference;
  const auto lost = measure_realism(careless / "painted", folder / "real", {}, 1).reference;
  ASSERT_TRUE(told && lost);
  EXPECT_EQ(told->pictures, 24u);
  EXPECT_DOUBLE_EQ(told->chance, 1.0 / 6);
  EXPECT_GT(told->accuracy.value, 0.5);
  EXPECT_LT(lost->accuracy.value, 0.4);
}

/// Spots of 60 tints; 5 of them are laid, by the same process, on 12 other surfaces each.
void write_tinted(const TempFolder& folder) {
  const auto tinted = [](Rng& rng, int tint, const Mask& mask) {
    Rng colour(77, static_cast<std::uint64_t>(tint));
    const cv::Scalar share(colour.uniform(0.1, 0.9), colour.uniform(0.1, 0.9), colour.uniform(0.1, 0.9));
    const auto rgb = surface(rng);
    cv::Mat out = rgb.clone(), dark;
    cv::multiply(rgb, share, dark);
    dark.copyTo(out, mask.pixels());
    return Image(out);
  };
  for (int i = 0; i < 60; ++i) {
    Rng rng(6, static_cast<std::uint64_t>(i));
    const auto mask = spot(rng);
    save_png(folder / text("real/", i, ".png"), tinted(rng, i, mask));
    save_png(folder / text("real/", i, "_mask.png"), mask);
    Rng good(9, static_cast<std::uint64_t>(i));
    if (i < 12) save_png(folder / text("real/good/", i, ".png"), Image(surface(good)));
  }
  dataset::QuadrupletWriter writer(folder / "painted", {});
  for (int i = 0; i < 60; ++i) {
    Rng scene(5, static_cast<std::uint64_t>(i));
    dataset::Record record;
    record.id = text("item-", i);
    record.mask = record.mask_used = spot(scene);
    Rng same = scene;
    record.normal = Image(surface(scene));
    record.abnormal = tinted(same, i % 5, record.mask);
    record.reference = dataset::find_reference(folder / text("real/", i % 5, ".png"), std::nullopt);
    writer.append(record);
  }
}

TEST(RealismSplit, CopiesOfAReferenceDoNotTeachOneAnother) {
  const TempFolder folder;
  write_tinted(folder);
  RealismConfig config;
  config.relabelings = 10, config.bootstrap_rounds = 100, config.max_size_ratio = 4;
  const auto apart = measure_realism(folder / "painted", folder / "real", config, 1);
  config.split = "scene";
  const auto mixed = measure_realism(folder / "painted", folder / "real", config, 1);
  EXPECT_EQ(apart.split, "reference");
  EXPECT_EQ(mixed.split, "scene");
  EXPECT_GT(mixed.region.generated.value, 0.72) << "five tints are learned by heart";
  EXPECT_LT(apart.region.generated.value, 0.62) << "the paint itself gives nothing away";

  config.split = "reference", config.folds = 6;
  EXPECT_EQ(measure_realism(folder / "painted", folder / "real", config, 1).split, "scene") << "5 references";
}

TEST(CrossValidated, WhatIsTiedToAHeldOutSampleDoesNotTeach) {
  // Two samples a tie, equal and of one class by chance: without the tie one gives the other away.
  std::vector<Features> samples;
  std::vector<bool> positive;
  std::vector<std::string> groups, tied;
  Rng rng(3);
  for (int i = 0; i < 120; ++i) {
    Features sample(12);
    for (auto& value : sample) value = rng.normal();
    const bool is_positive = rng.uniform() < 0.5;
    for (int copy = 0; copy < 2; ++copy) {
      samples.push_back(sample), positive.push_back(is_positive);
      groups.push_back(text(i, " ", copy)), tied.push_back(text(i));
    }
  }
  EXPECT_GT(balanced(cross_validated(samples, positive, groups, 5, 2, 1), positive), 0.8);
  EXPECT_NEAR(balanced(cross_validated(samples, positive, groups, 5, 2, 1, tied), positive), 0.5, 0.12);
}

TEST(MatchSizes, TakesTheNearestFirstAndEachOnce) {
  const auto of_areas = [](const std::vector<double>& areas) {
    std::vector<Region> out;
    for (const double area : areas) out.push_back({{}, {}, area, ""});
    return out;
  };
  using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;
  EXPECT_EQ(match_sizes(of_areas({100, 110, 900}), of_areas({109, 50, 2000}), 2), (Pairs{{1, 0}, {0, 1}}));
  EXPECT_TRUE(match_sizes(of_areas({100}), of_areas({201}), 2).empty());
}

TEST(RealismFeatures, HaveOneLengthAtEverySize) {
  for (const auto describe : {inside_features, region_features, seam_features}) {
    const auto length = describe(region_of(1, stained)).size();
    Region small{cv::Mat(40, 33, CV_8UC3, cv::Scalar(9, 9, 9)), cv::Mat::zeros(40, 33, CV_8UC1), 1, ""};
    small.mask.at<std::uint8_t>(20, 16) = 255;
    Region whole{small.rgb, cv::Mat(40, 33, CV_8UC1, cv::Scalar(255)), 1320, ""};
    for (const auto& region : {small, whole}) {
      const auto found = describe(region);
      EXPECT_EQ(found.size(), length);
      EXPECT_THAT(found, Each(::testing::Truly([](double x) { return std::isfinite(x); })));
    }
  }
}

TEST(RealismFeatures, SeamsDoNotSeeTheInsideAndInsidesDoNotSeeTheSurround) {
  auto region = region_of(1, stained);
  const auto seam = seam_features(region), inside = inside_features(region);
  cv::Mat deep, away;
  cv::erode(region.mask, deep, cv::Mat(), {-1, -1}, 7);
  cv::dilate(region.mask, away, cv::Mat(), {-1, -1}, 4);
  auto painted = region, cleared = region;
  painted.rgb = region.rgb.clone();
  painted.rgb.setTo(cv::Scalar(255, 0, 0), deep);
  EXPECT_EQ(seam_features(painted), seam);
  EXPECT_NE(inside_features(painted), inside);
  cleared.rgb = region.rgb.clone();
  cleared.rgb.setTo(cv::Scalar(0, 255, 0), 255 - away);
  EXPECT_EQ(inside_features(cleared), inside);
  EXPECT_NE(seam_features(cleared), seam);
}

/// Two clouds of points; `gap` standard deviations apart.
void draw_clouds(int count, double gap, std::vector<Features>& samples, std::vector<bool>& positive) {
  Rng rng(8);
  for (int i = 0; i < count; ++i) {
    positive.push_back(i % 2 == 0);
    Features sample(12);
    for (auto& value : sample) value = 7 + rng.normal();
    sample[3] += positive.back() ? gap : 0;
    samples.push_back(sample);
  }
}

TEST(CrossValidated, FindsWhatThereIsAndNothingElse) {
  for (const double gap : {0.0, 6.0}) {
    std::vector<Features> samples;
    std::vector<bool> positive;
    std::vector<std::string> groups;
    draw_clouds(160, gap, samples, positive);
    for (int i = 0; i < 160; ++i) groups.push_back(std::to_string(i));
    const double accuracy = balanced(cross_validated(samples, positive, groups, 5, 4, 1), positive);
    if (gap > 0)
      EXPECT_GT(accuracy, 0.97);
    else
      EXPECT_NEAR(accuracy, 0.5, 0.1);
  }
}

TEST(CrossValidated,
     PicturesOfOneGroupDoNotTeachEachOther) {  // every sample four times, with labels by chance
  std::vector<Features> samples, copies;
  std::vector<bool> positive, labels;
  draw_clouds(60, 0, samples, positive);
  std::vector<std::string> apart, together;
  for (int i = 0; i < 240; ++i) {
    const auto source = static_cast<std::size_t>(i % 60);
    copies.push_back(samples[source]);
    labels.push_back(positive[source]);
    apart.push_back(std::to_string(i));
    together.push_back(std::to_string(source));
  }
  EXPECT_GT(balanced(cross_validated(copies, labels, apart, 5, 2, 1), labels), 0.9);  // the leak
  EXPECT_NEAR(balanced(cross_validated(copies, labels, together, 5, 4, 1), labels), 0.5, 0.15);
}

}  // namespace
}  // namespace unidg::testing
