#include <gmock/gmock.h>

#include "support/temp_folder.h"
#include "unidg/agents/curate/real_half.h"
#include "unidg/agents/inpaint/patch_inpainter.h"
#include "unidg/core/files.h"

namespace unidg::agents {
namespace {

using testing::TempFolder;
namespace sets = dataset::sets;

constexpr int kHalfSide = 64;

/// A set with one photo that brings its counterpart, one that does not, a box, and one masked whole.
class Real : public ::testing::Test {
 protected:
  Real() {
    sets::SetWriter writer(folder / "set");
    std::vector<sets::SetEntry> entries;
    for (const auto& [id, area, normal, kind] : {std::tuple{"given", cv::Rect(20, 20, 12, 10), true, "pixel"},
                                                 {"painted", {20, 20, 12, 10}, false, "pixel"},
                                                 {"box", {20, 20, 12, 10}, false, "box"},
                                                 {"whole", {0, 0, kHalfSide, kHalfSide}, false, "pixel"},
                                                 {"speck", {20, 20, 2, 2}, false, "pixel"}}) {
      sets::SetEntry entry;
      entry.id = id, entry.type = "scratch", entry.mask_kind = kind, entry.width = entry.height = kHalfSide;
      entry.abnormal = "abnormal/" + entry.id + ".png", entry.mask = "mask/" + entry.id + ".png";
      Mask mask(kHalfSide, kHalfSide);
      mask.pixels()(area).setTo(255);
      const auto picture = stripes();
      auto hurt = picture.clone();
      hurt.pixels().setTo(cv::Scalar(250, 20, 20), mask.pixels());
      writer.put(entry.abnormal, encode_png(hurt)), writer.put(entry.mask, encode_png(mask));
      if (normal) entry.normal = "normal/" + entry.id + ".png", writer.put(entry.normal, encode_png(picture));
      entries.push_back(entry);
    }
    sets::SetEntry good;
    good.id = "good", good.type = "good", good.normal = "normal/given.png";
    entries.push_back(good);
    writer.append(entries);
  }
  static Image stripes() {
    Image out(kHalfSide, kHalfSide, PixelFormat::Rgb8);
    for (int x = 0; x < kHalfSide; ++x) out.pixels().col(x).setTo(cv::Scalar::all(x / 4 % 2 == 0 ? 90 : 140));
    return out;
  }
  RealHalf half(const RealConfig& config = {}) const {
    return {{folder / "set"}, std::make_unique<PatchInpainter>(), config, 1};
  }
  TempFolder folder;
};

TEST_F(Real, TakesOrMakesTheCounterpartAndSaysWhyNot) {
  auto real = half();
  ASSERT_EQ(real.count(), 5u) << "good photos are not items";
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < real.count(); ++i) tasks.push_back({i, real.id(i), 0});
  const auto made = real.make(tasks);
  EXPECT_EQ(made[0].provenance["normal"], "given");
  EXPECT_EQ(made[0].normal, read_file(folder / "set/normal/given.png"));
  EXPECT_EQ(made[0].abnormal, read_file(folder / "set/abnormal/given.png"));
  EXPECT_FALSE(made[0].may_retry) << "a given counterpart stays as it is";

  EXPECT_EQ(made[1].provenance["normal"], "patch-v1");
  EXPECT_TRUE(made[1].may_retry);
  cv::Mat difference;
  cv::absdiff(made[1].triplet.normal.pixels(), stripes().pixels(), difference);
  EXPECT_LT(cv::mean(difference)[0], 2) << "the stripes go on";

  EXPECT_EQ(made[2].step + ": " + made[2].reason, "input: box instead of a mask");
  EXPECT_EQ(made[3].step + ": " + made[3].reason, "inpaint: no counterpart");
  EXPECT_EQ(made[4].step + ": " + made[4].reason, "input: mask too small");
}

TEST_F(Real, SwitchesChangeWhatTakesPart) {
  auto real = half({.boxes = true, .given_normals = false, .least_mask = 4});
  const auto made = real.make({{0, "given", 0}, {2, "box", 0}, {4, "speck", 0}});
  EXPECT_EQ(made[0].provenance["normal"], "patch-v1");
  EXPECT_EQ(made[1].step, "");
  EXPECT_EQ(made[2].step, "");
}

TEST_F(Real, AnotherTryHasAnotherSeed) {
  auto real = half({.seed = 5});
  EXPECT_EQ(real.make({{1, "painted", 2}}).front().provenance["seed"], 7);
}

TEST_F(Real, ADamagedPhotoIsAnItemsOwnProblem) {
  folder.write("set/abnormal/painted.png", "no picture");
  auto real = half();
  const auto made = real.make({{0, "given", 0}, {1, "painted", 0}});
  EXPECT_EQ(made[0].step, "");
  EXPECT_EQ(made[1].reason, "cannot be used");
  EXPECT_THAT(made[1].detail, ::testing::HasSubstr("painted.png"));
}

TEST_F(Real, SettingsChangeWithTheEntries) {
  const auto before = half().settings();
  EXPECT_EQ(before, half().settings());
  sets::rewrite_set(folder / "set", [](sets::SetEntry entry) -> std::optional<sets::SetEntry> {
    if (entry.id == "box") return std::nullopt;
    return entry;
  });
  EXPECT_NE(before["entries_digest"], half().settings()["entries_digest"]);
}

TEST_F(Real, NeedsADefectPhoto) {
  sets::rewrite_set(folder / "set", [](sets::SetEntry entry) -> std::optional<sets::SetEntry> {
    if (!entry.is_normal()) return std::nullopt;
    return entry;
  });
  EXPECT_THROW(half(), InputError);
}

}  // namespace
}  // namespace unidg::agents
