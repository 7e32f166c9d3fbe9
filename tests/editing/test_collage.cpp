#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "tests/editing/masks.h"
#include "unidg/core/error.h"
#include "unidg/editing/alignment.h"
#include "unidg/editing/collage.h"
#include "unidg/editing/defect_layer.h"
#include "unidg/editing/likeness.h"

namespace unidg::editing {
namespace {

using namespace unidg::testing;

/// An even surface with a little grain.
cv::Mat surface(int width, int height, const cv::Scalar& colour, std::uint64_t seed = 1) {
  cv::Mat pixels(height, width, CV_8UC3, colour), grain(height, width, CV_8UC3);
  cv::RNG(seed).fill(grain, cv::RNG::UNIFORM, 0, 7);
  return pixels + grain - cv::Scalar::all(3);
}

Mask drawn(int width, int height, const std::function<void(cv::Mat&)>& draw) {
  cv::Mat pixels = cv::Mat::zeros(height, width, CV_8UC1);
  draw(pixels);
  return Mask(pixels);
}

MaskedImage with_defect(const cv::Scalar& ground, const cv::Scalar& defect, const Mask& mask) {
  auto pixels = surface(mask.width(), mask.height(), ground);
  surface(mask.width(), mask.height(), defect, 2).copyTo(pixels, mask.pixels());
  return {Image(pixels), mask};
}

Mask disc(int side, int radius) {
  return drawn(side, side, [&](cv::Mat& m) { cv::circle(m, {side / 2, side / 2}, radius, 255, cv::FILLED); });
}

Mask crack(int side) {
  return drawn(side, side, [&](cv::Mat& m) {
    cv::polylines(
        m,
        std::vector<cv::Point>{
            {10, side / 2}, {side / 3, side / 2 - 12}, {2 * side / 3, side / 2 + 10}, {side - 10, side / 2}},
        false, 255, 3);
  });
}

Collage collage_of(const MaskedImage& reference, const cv::Mat& target, const Mask& asked,
                   const char* underlay = "source") {
  return make_collage(reference, target, asked.pixels(), dilate(asked, EditingConfig{}).pixels(), underlay);
}

double share_covered(const Collage& collage, const Mask& asked) {
  return static_cast<double>(cv::countNonZero((collage.alpha > 0.5) & asked.pixels())) / asked.area();
}

TEST(Collage, CoversTheMaskWithABlob) {
  const auto reference = with_defect({180, 170, 160}, {60, 40, 30}, disc(200, 40));
  const auto target = surface(128, 128, {200, 190, 185});
  const std::pair<const char*, Mask> shapes[] = {
      {"ellipse", drawn(128, 128,
                        [](cv::Mat& m) {
                          cv::ellipse(m, {60, 70}, {34, 15}, 30, 0, 360, 255, cv::FILLED);
                        })},
      {"small", drawn(128, 128,
                      [](cv::Mat& m) {
                        cv::circle(m, {20, 100}, 7, 255, cv::FILLED);
                      })},
      {"stroke", drawn(128, 128,
                       [](cv::Mat& m) {
                         cv::line(m, {20, 20}, {100, 70}, 255, 7);
                       })},
      {"corner", drawn(128, 128, [](cv::Mat& m) { m(cv::Rect(100, 0, 28, 30)).setTo(255); })}};
  for (const auto& [name, asked] : shapes) {
    const auto collage = collage_of(reference, target, asked);
    EXPECT_GT(share_covered(collage, asked), 0.9) << name;
    const auto inside = cv::mean(collage.image, asked.pixels());
    EXPECT_NEAR(inside[0], 60, 25) << name;  // the defect's own colour
  }
}

TEST(Collage, KeepsACrackThinAndLong) {
  const auto reference = with_defect({180, 180, 180}, {40, 40, 40}, crack(300));
  const auto target = surface(128, 128, {200, 200, 200});
  const auto asked = disc(128, 25);
  const auto collage = collage_of(reference, target, asked);
  const cv::Mat dark = (collage.alpha > 0.5) & asked.pixels();
  const auto box = cv::boundingRect(dark);
  EXPECT_GT(std::max(box.width, box.height), 40);
  EXPECT_LT(share_covered(collage, asked), 0.35);
  EXPECT_LT(cv::mean(collage.image, dark)[0], 135);
}

TEST(Collage, LaysAScratchAlongACurvedStroke) {
  const auto reference = with_defect({90, 90, 90}, {220, 220, 220}, crack(300));
  const auto asked = drawn(160, 160, [](cv::Mat& m) {
    cv::ellipse(m, {80, 150}, {65, 100}, 0, 200, 340, 255, 7);
  });
  const auto collage = collage_of(reference, surface(160, 160, {100, 100, 100}), asked);
  // bright pixels in every part of the stroke, from end to end
  const auto box = asked.box();
  for (int part = 0; part < 6; ++part) {
    cv::Mat piece = cv::Mat::zeros(160, 160, CV_8UC1);
    piece(cv::Rect(box.x + part * box.width / 6, 0, box.width / 6, 160)).setTo(255);
    cv::Mat bright;
    cv::inRange(collage.image, cv::Scalar::all(150), cv::Scalar::all(255), bright);
    EXPECT_GT(cv::countNonZero(bright & piece & asked.pixels()), 5) << part;
  }
}

TEST(Collage, NothingChangesOutsideTheUsedMask) {
  const auto reference = with_defect({180, 170, 160}, {60, 40, 30}, disc(120, 25));
  for (const auto& [shape, asked] : mask_shapes(96, 80)) {
    const auto target = surface(96, 80, {120, 130, 140});
    const auto used = dilate(asked, EditingConfig{});
    for (const char* underlay : {"source", "smooth"}) {
      const auto collage = make_collage(reference, target, asked.pixels(), used.pixels(), underlay);
      ASSERT_EQ(collage.image.type(), CV_8UC3);
      cv::Mat difference;
      cv::absdiff(collage.image, target, difference);
      difference.setTo(cv::Scalar::all(0), used.pixels());
      EXPECT_EQ(cv::norm(difference, cv::NORM_INF), 0) << shape << " " << underlay;
      EXPECT_EQ(cv::countNonZero((collage.alpha > 0) & ~used.pixels()), 0) << shape;
      EXPECT_GT(cv::countNonZero(collage.alpha > 0), 0) << shape << " " << underlay;
    }
  }
}

TEST(Collage, EveryReferenceShapeWorks) {
  for (const auto& [shape, mask] : mask_shapes(90, 70)) {
    const auto collage = collage_of(with_defect({180, 180, 170}, {50, 60, 50}, mask),
                                    surface(100, 100, {150, 150, 150}), disc(100, 20));
    double low = 0, high = 0;
    cv::minMaxLoc(collage.alpha, &low, &high);
    EXPECT_GE(low, 0) << shape;
    EXPECT_GT(high, 0.5) << shape;
    EXPECT_LE(high, 1.0) << shape;
  }
}

TEST(Collage, SurfaceAroundALooselyMaskedDefectStaysBehind) {
  auto reference = with_defect({190, 120, 60}, {30, 30, 30}, disc(200, 15));
  reference.mask = disc(200, 45);  // drawn far too large: mostly surface
  const auto asked = disc(128, 30);
  const auto collage = collage_of(reference, surface(128, 128, {110, 130, 150}), asked);
  cv::Mat orange;  // the reference's surface
  cv::inRange(collage.image, cv::Scalar(160, 90, 30), cv::Scalar(220, 150, 90), orange);
  EXPECT_LT(cv::countNonZero(orange), 0.05 * asked.area());
  EXPECT_GT(share_covered(collage, asked), 0.7);
}

/// A rim that is broken off: half of the region under the mask shows the background, half the rim itself.
MaskedImage broken_rim(const Mask& mask) {
  auto pixels = surface(mask.width(), mask.height(), {30, 60, 40});
  pixels(cv::Rect(0, mask.height() / 2, mask.width(), mask.height() / 2)).setTo(cv::Scalar(200, 205, 210));
  cv::Mat broken = pixels.clone();
  broken(cv::Rect(0, mask.height() / 2 - 12, mask.width(), 12)).setTo(cv::Scalar(200, 205, 210));
  broken.copyTo(pixels, mask.pixels());
  return {Image(pixels), mask};
}

TEST(Collage, TheWholeRegionComesAlongToTheSameSurface) {
  const auto mask = disc(160, 30);
  const auto reference = broken_rim(mask);
  cv::Mat target = broken_rim(Mask(160, 160)).image.rgb8();  // the part without the defect
  target += cv::Scalar::all(6);                              // a little brighter
  const auto used = dilate(mask, EditingConfig{});
  const auto whole = make_collage(reference, target, mask.pixels(), used.pixels(), "source");
  EXPECT_GT(share_covered(whole, mask), 0.97);
  const cv::Mat expected = reference.image.rgb8() + cv::Scalar::all(6), inside = disc(160, 24).pixels();
  const auto distance = [&](const Collage& collage) {
    cv::Mat difference;
    cv::absdiff(collage.image, expected, difference);
    return cv::mean(difference, inside)[0];
  };
  EXPECT_LT(distance(whole), 4);  // its own colours, moved by the exposure
  const auto lifted = make_collage(reference, target, mask.pixels(), used.pixels(), "source", "defect");
  EXPECT_GT(distance(lifted), 2 * distance(whole));
}

TEST(Collage, AnotherExposureScalesADefectAsItScalesTheSurface) {
  const auto mask = disc(160, 30);
  const auto target = surface(160, 160, {130, 130, 130});
  const auto used = dilate(mask, EditingConfig{});
  const auto painted = [&](const cv::Scalar& defect) {
    const auto reference = with_defect({100, 100, 100}, defect, mask);
    const auto collage = make_collage(reference, target, mask.pixels(), used.pixels(), "source", "whole");
    return cv::mean(collage.image, disc(160, 20).pixels())[0];
  };
  EXPECT_NEAR(painted({10, 10, 10}), 13, 3);  // a hole stays black: 10 * 130 / 100
  EXPECT_NEAR(painted({60, 60, 60}), 78, 3);  // a stain keeps its share of the light
  EXPECT_NEAR(painted({100, 100, 100}), 130, 3);
  EXPECT_NEAR(painted({250, 250, 250}), 251, 3);  // a glint is not blown out further
}

TEST(CompareSurfaces, TellsOneSurfaceFromAnother) {
  const auto at = disc(120, 20).pixels();
  const cv::Mat grey = surface(120, 120, {150, 150, 150}), brighter = surface(120, 120, {165, 165, 165}, 3),
                red = surface(120, 120, {170, 90, 80});
  cv::Mat rough(120, 120, CV_8UC3), halves = grey.clone();
  cv::RNG(4).fill(rough, cv::RNG::UNIFORM, 110, 190);
  halves.rowRange(0, 60).setTo(cv::Scalar::all(40));
  const auto same = [&](const cv::Mat& other) { return compare_surfaces(grey, at, other, at).same; };
  EXPECT_GT(same(grey), 0.99);
  EXPECT_GT(same(brighter), 0.9);
  EXPECT_NEAR(compare_surfaces(grey, at, brighter, at).shift[1], 15, 2);
  EXPECT_LT(same(surface(120, 120, {230, 230, 230})), 0.01) << "too far in exposure";
  EXPECT_LT(same(red), 0.01) << "colour";
  EXPECT_LT(same(rough), 0.01) << "texture";
  EXPECT_LT(same(halves), 0.4) << "an edge of the product";
  const cv::Mat everything(8, 8, CV_8UC1, cv::Scalar(255)), tiny = grey(cv::Rect(0, 0, 8, 8));
  EXPECT_EQ(compare_surfaces(tiny, everything, grey, at).same, 0) << "nothing around it to tell";
}

TEST(Collage, OnTheSameProductARegionKeepsItsContrastWhereverItLies) {
  // A dull patch, faint on its grey ground, laid on the product's dark part.
  const auto mask = disc(160, 30);
  const auto reference = with_defect({120, 120, 120}, {135, 135, 132}, mask);
  const auto target = surface(160, 160, {40, 40, 42});
  const auto used = dilate(mask, EditingConfig{});
  const auto change = [&](double same) {
    const auto collage =
        make_collage(reference, target, mask.pixels(), used.pixels(), "source", "auto", same);
    return std::abs(cv::mean(collage.image, disc(160, 24).pixels())[0] - 40);
  };
  EXPECT_LT(change(0), 30);  // a tint
  EXPECT_GT(change(1), 45);  // its own levels, moved by at most 40
}

TEST(ComparePictures, TellsOneProductFromAnother) {
  auto photo = [](const cv::Scalar& ground, const cv::Scalar& product, int shift) {
    cv::Mat out = surface(120, 100, ground);
    surface(60, 50, product, 7).copyTo(out(cv::Rect(20 + shift, 20, 60, 50)));
    return out;
  };
  const auto pill = photo({15, 15, 25}, {200, 195, 190}, 0);
  EXPECT_GT(compare_pictures(pill, photo({17, 17, 27}, {204, 198, 194}, 15)), 0.9);
  EXPECT_LT(compare_pictures(pill, photo({250, 250, 250}, {60, 60, 70}, 0)), 0.01);
  EXPECT_LT(compare_pictures(pill, photo({15, 15, 25}, {120, 70, 40}, 0)), 0.5);
}

TEST(CompareProducts, SeesOneProductUnderAnotherLight) {
  auto photo = [](double light, const cv::Scalar& product, std::uint64_t seed, double grain = 0) {
    cv::Mat out = surface(120, 100, {12, 12, 14}), part = surface(60, 50, product, seed);
    if (grain > 0) {
      cv::Mat noise(part.size(), CV_8UC3);
      cv::RNG(3).fill(noise, cv::RNG::UNIFORM, 0, grain);
      part += noise;
    }
    part.copyTo(out(cv::Rect(20, 20, 60, 50)));
    return cv::Mat(out * light);
  };
  const auto dark = photo(0.5, {200, 190, 180}, 7), bright = photo(1.1, {200, 190, 180}, 8);
  EXPECT_LT(compare_pictures(dark, bright), 0.01);
  const auto found = compare_products(dark, bright);
  EXPECT_GT(found.same, 0.9);
  EXPECT_NEAR(found.gain, 2.2, 0.15);
  EXPECT_NEAR(compare_products(bright, dark).gain, 1 / 2.2, 0.05);
  EXPECT_LT(compare_products(dark, photo(1.1, {200, 120, 60}, 8)).same, 0.5) << "colour";
  EXPECT_LT(compare_products(dark, photo(1.1, {150, 140, 130}, 8, 90)).same, 0.5) << "texture";
  EXPECT_LT(compare_products(photo(0.25, {200, 190, 180}, 7), bright).same, 0.01) << "too far";
  EXPECT_EQ(compare_products(bright, photo(1.1, {202, 192, 182}, 9)).gain, 1) << "levels agree as they are";
  const MaskedImage reference{Image(dark), disc(60, 20)};
  EXPECT_NEAR(cv::mean(exposed(reference, 2).image.rgb8())[0], 2 * cv::mean(dark)[0], 0.5);
}

TEST(Collage, AWeakStainTintsTheNewSurface) {
  const auto reference = with_defect({200, 200, 200}, {188, 184, 176}, disc(160, 40));
  const auto asked = disc(128, 30);
  const auto target = surface(128, 128, {120, 120, 120});
  const auto inside = cv::mean(collage_of(reference, target, asked).image, disc(128, 22).pixels());
  EXPECT_LT(inside[0], 119);
  EXPECT_GT(inside[0], 100);
  EXPECT_GT(inside[0] - inside[2], 5);  // yellowish, as it was
}

TEST(Collage, ADefectOfTheSurfacesOwnLightnessIsStillSeen) {
  const auto reference = with_defect({160, 160, 160}, {25, 25, 25}, disc(160, 40));
  const auto asked = disc(128, 30);
  const auto target = surface(128, 128, {22, 22, 22});
  const auto inside = cv::mean(collage_of(reference, target, asked).image, disc(128, 22).pixels());
  EXPECT_GT(std::abs(inside[1] - 22), 40);
}

TEST(Collage, AGreySceneStaysGrey) {
  const auto reference = with_defect({190, 120, 60}, {30, 90, 200}, disc(160, 40));
  cv::Mat target(128, 128, CV_8UC3, cv::Scalar::all(130));
  EXPECT_TRUE(Image(collage_of(reference, target, disc(128, 30)).image).is_grey());
}

TEST(Collage, PaintsEveryFarPartOfTheMask) {
  const auto reference = with_defect({190, 180, 170}, {30, 30, 30}, disc(160, 40));
  const auto asked = drawn(160, 160, [](cv::Mat& m) {
    cv::circle(m, {30, 30}, 12, 255, cv::FILLED);
    cv::circle(m, {120, 120}, 9, 255, cv::FILLED);
  });
  EXPECT_GT(share_covered(collage_of(reference, surface(160, 160, {150, 150, 150}), asked), asked), 0.9);
}

TEST(Collage, IsAFunctionOfItsInputs) {
  const auto reference = with_defect({190, 180, 170}, {30, 30, 30}, crack(200));
  const auto target = surface(128, 128, {150, 150, 150});
  const auto a = collage_of(reference, target, disc(128, 30)),
             b = collage_of(reference, target, disc(128, 30));
  EXPECT_EQ(cv::norm(a.image, b.image, cv::NORM_INF), 0);
}

TEST(Collage, RefusesWhatItCannotUse) {
  const auto target = surface(64, 64, {150, 150, 150});
  EXPECT_THROW(collage_of({Image(64, 64, PixelFormat::Rgb8), Mask(64, 64)}, target, disc(64, 10)),
               InputError);
  EXPECT_THROW(make_collage(with_defect({1, 1, 1}, {9, 9, 9}, disc(64, 9)), target, cv::Mat(8, 8, CV_8UC1),
                            cv::Mat(8, 8, CV_8UC1), "source"),
               Error);
}

TEST(FillHole, ContinuesTheSurroundings) {
  const auto hole = disc(100, 20);
  const auto reference = with_defect({180, 90, 40}, {0, 0, 0}, hole);
  const auto filled = fill_hole(reference.image.pixels(), dilate(hole, EditingConfig{}).pixels());
  EXPECT_NEAR(cv::mean(filled, hole.pixels())[0], 180, 4);
  EXPECT_NEAR(cv::mean(filled, hole.pixels())[2], 40, 4);
}

TEST(AlignDefect, MapsAMaskOntoItself) {
  const auto mask = drawn(120, 90, [](cv::Mat& m) {
    cv::ellipse(m, {60, 45}, {40, 14}, 25, 0, 360, 255, cv::FILLED);
  });
  const auto map = align_defect(mask.pixels(), mask.pixels());
  for (const auto& p : {cv::Point(60, 45), {80, 55}, {40, 36}}) {
    const auto there = map.at<cv::Vec2f>(p);
    EXPECT_NEAR(there[0], p.x, 3.5);
    EXPECT_NEAR(there[1], p.y, 3.5);
  }
}

TEST(AlignDefect, TurnsTheShapeThatWasTurned) {
  // A drop, thick at one end: its half turn has to be recognised.
  const auto drop = drawn(120, 120, [](cv::Mat& m) {
    cv::circle(m, {30, 60}, 16, 255, cv::FILLED);
    cv::line(m, {30, 60}, {100, 60}, 255, 5);
  });
  cv::Mat turned;
  cv::rotate(drop.pixels(), turned, cv::ROTATE_180);
  const auto thick_end = align_defect(drop.pixels(), turned).at<cv::Vec2f>(59, 119 - 30);
  EXPECT_NEAR(thick_end[0], 30, 6);
}

/// Share of `asked` whose place in the reference lies under its mask.
double share_from(const cv::Mat& map, const Mask& reference, const Mask& asked) {
  cv::Mat covered;
  cv::remap(reference.pixels(), covered, map, {}, cv::INTER_NEAREST, cv::BORDER_CONSTANT, 0);
  return static_cast<double>(cv::countNonZero(covered & asked.pixels())) / asked.area();
}

TEST(AlignRegion, CoversWhateverIsAskedFor) {
  for (const auto& [from, reference] : mask_shapes(120, 110))
    for (const auto& [to, asked] : mask_shapes(100, 90)) {
      const auto map = align_region(reference.pixels(), asked.pixels());
      const double before = share_from(align_defect(reference.pixels(), asked.pixels()), reference, asked);
      const double after = share_from(map, reference, asked);
      EXPECT_GE(after, std::min(before, 0.9) - 0.1) << from << " on " << to;
    }
  const auto wide = drawn(140, 140, [](cv::Mat& m) {
    cv::rectangle(m, {20, 20}, {120, 110}, 255, cv::FILLED);
  });
  const auto hook = drawn(140, 140, [](cv::Mat& m) {
    cv::rectangle(m, {20, 20}, {50, 120}, 255, cv::FILLED);
    cv::rectangle(m, {20, 95}, {120, 120}, 255, cv::FILLED);
  });
  EXPECT_LT(share_from(align_defect(hook.pixels(), wide.pixels()), hook, wide), 0.9);
  EXPECT_GT(share_from(align_region(hook.pixels(), wide.pixels()), hook, wide), 0.97);
}

TEST(AlignRegion, LaysAShapeOnItselfUnchanged) {
  const auto mask = drawn(120, 90, [](cv::Mat& m) {
    cv::ellipse(m, {60, 45}, {40, 14}, 25, 0, 360, 255, cv::FILLED);
  });
  const auto map = align_region(mask.pixels(), mask.pixels());
  for (const auto& p : {cv::Point(60, 45), {80, 55}, {40, 36}}) {
    EXPECT_NEAR(map.at<cv::Vec2f>(p)[0], p.x, 1);
    EXPECT_NEAR(map.at<cv::Vec2f>(p)[1], p.y, 1);
  }
}

}  // namespace
}  // namespace unidg::editing
