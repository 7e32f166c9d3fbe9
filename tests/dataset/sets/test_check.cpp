#include <gmock/gmock.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "dataset/sets/listing.h"
#include "unidg/dataset/sets/check.h"
#include "unidg/dataset/sets/looked_at.h"

namespace unidg::dataset::sets {
namespace {

using namespace testing_listing;
using ::testing::HasSubstr;
using unidg::testing::TempFolder;

/// A photo with large shapes, as cameras see them: noise alone has no coarse structure to compare.
Image scene(std::uint64_t seed, int side = 96) {
  cv::Mat pixels(side, side, CV_8UC3);
  cv::RNG rng(seed + 7);
  rng.fill(pixels, cv::RNG::UNIFORM, 0, 256);
  cv::Mat blurred;
  cv::GaussianBlur(pixels, blurred, {0, 0}, 4);
  cv::normalize(blurred, blurred, 0, 255, cv::NORM_MINMAX);
  return Image(blurred);
}

/// A sound set of `n` abnormal pictures in two splits.
void write_sound(const fs::path& set, int n = 6) {
  const TempFolder from;
  for (int i = 0; i < n; ++i) {
    const auto name = std::to_string(i);
    put(from / ("scratch/" + name + ".png"), scene(static_cast<std::uint64_t>(i)));
    put(from / ("scratch/" + name + "_mask.png"), rectangle({10 + i, 20, 30, 9}, 96, 96));
  }
  ImportOptions options;
  options.licence = "own", options.source = "plant";
  import_set(from.path(), set, options);
  int number = 0;
  rewrite_set(set, [&](SetEntry entry) {
    entry.split = number++ < n / 2 ? "train" : "test";
    return std::optional(entry);
  });
}

/// The set with its entry `number` changed.
void change(const fs::path& set, int number, const std::function<void(SetEntry&)>& what) {
  int at = 0;
  rewrite_set(set, [&](SetEntry entry) {
    if (at++ == number) what(entry);
    return std::optional(entry);
  });
}

std::size_t count(const CheckReport& report, const char* kind) {
  const auto found = report.groups.find(kind);
  return found == report.groups.end() ? 0 : found->second.count;
}

TEST(Check, FindsNothingInASoundSet) {
  const TempFolder folder;
  write_sound(folder / "set");
  const auto report = check_set(folder / "set");
  EXPECT_EQ(report.entries, 6u);
  EXPECT_EQ(report.errors, 0u);
  EXPECT_EQ(report.warnings, 0u);
}

TEST(Check, FindsEveryPlantedFault) {
  const TempFolder folder;
  const auto set = folder / "set";
  write_sound(set, 12);
  const auto entries = read_set(set);
  const auto mask = [&](int i) { return set / entries[static_cast<std::size_t>(i)].mask; };
  const auto image = [&](int i) { return set / entries[static_cast<std::size_t>(i)].abnormal; };
  put(image(0), std::string());
  put(image(1), read_file(image(1)).substr(0, 400));
  fs::remove(mask(2));
  put(mask(3), Mask(96, 96));
  put(mask(4), rectangle({1, 1, 3, 3}, 90, 96));
  Mask inverted(96, 96);
  inverted.pixels().setTo(255);
  inverted.pixels()(cv::Rect(20, 20, 40, 40)).setTo(0);
  put(mask(5), inverted);
  put(mask(6), rectangle({5, 5, 3, 1}, 96, 96));
  put(mask(7), rectangle({0, 0, 96, 95}, 96, 96));
  put(image(8), scene(99));
  change(set, 9, [](SetEntry& e) { e.licence.clear(), e.category.reset(); });
  change(set, 10, [](SetEntry& e) { e.origin = "synthesised"; });
  change(set, 11, [&](SetEntry& e) { e.part = entries[0].part; });
  const auto report = check_set(set);
  EXPECT_EQ(count(report, kind::kUnreadable), 3u);
  EXPECT_EQ(count(report, kind::kMaskEmpty), 1u);
  EXPECT_EQ(count(report, kind::kMaskSize), 1u);
  EXPECT_EQ(count(report, kind::kMaskInverted), 1u);
  EXPECT_EQ(count(report, kind::kMaskTiny), 1u);
  EXPECT_EQ(count(report, kind::kMaskFull), 1u);
  EXPECT_EQ(count(report, kind::kChanged), 4u);  // three masks of another area, one picture
  EXPECT_EQ(count(report, kind::kNoLicence), 1u);
  EXPECT_EQ(count(report, kind::kNoCategory), 1u);
  EXPECT_EQ(count(report, kind::kSynthetic), 1u);
  EXPECT_EQ(count(report, kind::kLeakPart), 1u);
  EXPECT_EQ(count(report, kind::kExact) + count(report, kind::kNear), 0u);
  const auto page = write_check_report(report, set, folder / "report");
  EXPECT_THAT(read_file(page), HasSubstr("mask may be inverted"));
  EXPECT_EQ(to_json(report)["errors"], report.errors);
}

TEST(Check, FindsDuplicatesAndTheirLeaks) {
  const TempFolder folder;
  const auto set = folder / "set";
  write_sound(set);
  const auto entries = read_set(set);
  fs::copy_file(set / entries[0].abnormal, set / entries[1].abnormal, fs::copy_options::overwrite_existing);
  cv::imwrite((set / entries[4].abnormal).string() + ".jpg", cv::imread((set / entries[2].abnormal).string()),
              {cv::IMWRITE_JPEG_QUALITY, 60});
  change(set, 4, [](SetEntry& e) { e.abnormal += ".jpg"; });
  const auto report = check_set(set);
  EXPECT_EQ(count(report, kind::kExact), 1u);
  EXPECT_EQ(count(report, kind::kNear), 1u);
  EXPECT_EQ(count(report, kind::kLeakPicture), 1u);  // the second pair stands in train and test
  EXPECT_EQ(report.groups.at(kind::kNear).first.front().other, entries[2].id);

  EXPECT_EQ(find_duplicates(set, false).size(), 1u);
  const auto groups = find_duplicates(set, true);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_TRUE(groups[0].is_exact);
  EXPECT_EQ(groups[1].ids, (std::vector<std::string>{entries[2].id, entries[4].id}));
}

TEST(NearIndex, FindsEveryHashUpToItsReach) {
  NearIndex index;
  const auto hash = picture_hash(scene(1));
  index.near_then_add(hash);
  Rng rng(5);
  for (int bits = 0; bits <= 24; ++bits) {
    auto other = hash;
    std::set<std::int64_t> flipped;
    while (static_cast<int>(flipped.size()) < bits) flipped.insert(rng.integer(256));
    for (const auto bit : flipped) other[static_cast<std::size_t>(bit / 64)] ^= std::uint64_t{1} << bit % 64;
    NearIndex fresh;
    fresh.near_then_add(hash);
    EXPECT_EQ(fresh.near_then_add(other).size(), bits <= NearIndex::kFarthest ? 1u : 0u) << bits;
  }
}

double alike(const Image& a, const Image& b) { return likeness(fine_structure(a), fine_structure(b)); }

TEST(Likeness, TellsCopiesFromOthers) {
  const auto photo = scene(1, 128);
  cv::Mat small, brighter = photo.pixels() * 0.8 + cv::Scalar::all(20);
  cv::resize(photo.pixels(), small, {64, 64}, 0, 0, cv::INTER_AREA);
  EXPECT_GT(alike(photo, Image(small)), kSamePicture);
  EXPECT_GT(alike(photo, Image(brighter)), kSamePicture);
  EXPECT_LT(alike(photo, scene(2, 128)), 0.5);
  EXPECT_EQ(alike(Image(20, 20, PixelFormat::Gray8), scene(2)), 0);
  EXPECT_EQ(alike(Image(20, 20, PixelFormat::Gray8), Image(30, 20, PixelFormat::Gray8)), 1);
}

/// The same product in the same place: a strong common drawing and a weak grain of its own.
Image specimen(std::uint64_t seed) {
  cv::Mat mixed;
  cv::addWeighted(scene(1000).pixels(), 0.75, scene(seed).pixels(), 0.25, 0, mixed);
  return Image(mixed);
}

TEST(Check, TellsAlignedSpecimensFromCopies) {
  const TempFolder from, folder;
  for (std::uint64_t i = 0; i < 24; ++i) put(from / ("good/" + std::to_string(i) + ".png"), specimen(i));
  cv::Mat bgr;
  cv::cvtColor(specimen(5).pixels(), bgr, cv::COLOR_RGB2BGR);
  cv::imwrite((from / "good/copy.jpg").string(), bgr, {cv::IMWRITE_JPEG_QUALITY, 90});
  import_set(from.path(), folder / "set", {});
  EXPECT_GT(alike(specimen(1), specimen(2)), kSamePicture);  // alone they would pass for one
  const auto report = check_set(folder / "set");
  EXPECT_EQ(count(report, kind::kNear), 1u);
}

}  // namespace
}  // namespace unidg::dataset::sets
