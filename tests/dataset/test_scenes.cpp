#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset/pictures.h"
#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/scenes.h"

namespace unidg::dataset {
namespace {

namespace fs = std::filesystem;
using namespace testing_pictures;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::vector<std::string> names(const std::vector<Scene>& scenes) {
  std::vector<std::string> out;
  for (const auto& scene : scenes) out.push_back(scene.name);
  return out;
}

class Scenes : public ::testing::Test {
 protected:
  unidg::testing::TempFolder temp;
  fs::path root = temp.path();
  void photo(const std::string& name, int side = 24) { save_png(root / name, picture(side, side, 3)); }
  void mask(const std::string& name, int side = 24) {
    save_png(root / name, square(side, side, {2, 2, 5, 5}));
  }
};

TEST_F(Scenes, FolderIsSortedAndLeavesNeighbouringMasksOut) {
  photo("b.png"), photo("a/z.png"), photo("a/c.png"), mask("a/c_mask.png"), photo(".hidden/x.png"),
      photo("only_mask.png");
  EXPECT_THAT(names(read_scenes(root)), ::testing::ElementsAre("a/c", "a/z", "b", "only_mask"));
}

TEST_F(Scenes, MvtecCategoryMeansItsGoodPhotos) {
  photo("bottle/train/good/001.png"), photo("bottle/train/good/000.png"), photo("bottle/test/broken/000.png");
  const auto scenes = read_scenes(root / "bottle");
  EXPECT_THAT(names(scenes), ::testing::ElementsAre("000", "001"));
  EXPECT_EQ(scenes[0].object, "bottle");
  EXPECT_EQ(read_scenes(root / "bottle/")[0].object, "bottle");
}

TEST_F(Scenes, AFolderThatUnidgWroteMeansItsNormalPicturesEachOnce) {
  QuadrupletWriter writer(root / "out", {});
  for (int i = 0; i < 3; ++i) {
    Record record;
    record.id = "item-" + std::to_string(i);
    record.normal = picture(20, 16, i == 2 ? 5 : 4);  // 0 and 1 are copies of one scene
    record.abnormal = picture(20, 16, 9);
    record.mask = record.mask_used = square(20, 16, {3, 3, 4, 4});
    writer.append(record);
  }
  save_png(root / "out/contact_sheet.png", picture(30, 30, 1));
  const auto scenes = read_scenes(root / "out");
  EXPECT_THAT(names(scenes), ::testing::ElementsAre("item-0", "item-2"));
  EXPECT_EQ(scenes[0].image, root / "out/normal/item-0.png");
}

TEST(NaturalOrder, CountsNumbersAsNumbers) {
  EXPECT_TRUE(natural_less("2", "10"));
  EXPECT_TRUE(natural_less("a9/1", "a10/0"));
  EXPECT_TRUE(natural_less("a", "b"));
  EXPECT_TRUE(natural_less("img", "img1"));
  EXPECT_TRUE(natural_less("01", "1"));
  for (const auto* word : {"", "7", "a07", "x1y2"}) EXPECT_FALSE(natural_less(word, word));
}

TEST_F(Scenes, OneFileIsOneScene) {
  photo("x.png");
  EXPECT_THAT(names(read_scenes(root / "x.png")), ::testing::ElementsAre("x"));
}

TEST_F(Scenes, BadFoldersAreNamed) {
  const auto absent = [&] { read_scenes(root / "nowhere"); };
  EXPECT_THAT(absent, ThrowsMessage<InputError>(HasSubstr("nowhere")));
  fs::create_directories(root / "empty");
  const auto empty = [&] { read_scenes(root / "empty"); };
  EXPECT_THAT(empty, ThrowsMessage<InputError>(HasSubstr("holds no picture")));
  photo("twice/a.png");
  write_file_atomic(root / "twice/a.jpg", "x");
  const auto twice = [&] { read_scenes(root / "twice"); };
  EXPECT_THAT(twice, ThrowsMessage<InputError>(HasSubstr("differ only in their extension")));
}

TEST_F(Scenes, MasksPairByRelativePathThenByStem) {
  photo("s/a/1.png"), photo("s/b/1.png"), photo("s/c/2.png");
  mask("m/a/1_mask.png"), mask("m/b/1.png"), mask("m/2_mask.png");
  const auto scenes = pair_masks(read_scenes(root / "s"), root / "m");
  EXPECT_EQ(scenes[0].mask, root / "m/a/1_mask.png");
  EXPECT_EQ(scenes[1].mask, root / "m/b/1.png");
  EXPECT_EQ(scenes[2].mask, root / "m/2_mask.png");
  EXPECT_EQ(scenes[2].mask_name, "2");
}

TEST_F(Scenes, PhotosAndMasksMayShareAFolder) {
  photo("s/1.png"), mask("s/1_mask.png");
  EXPECT_EQ(pair_masks(read_scenes(root / "s"), root / "s")[0].mask, root / "s/1_mask.png");
}

TEST_F(Scenes, OneMaskServesAll) {
  photo("s/1.png"), photo("s/2.png"), mask("m.png");
  for (const auto& scene : pair_masks(read_scenes(root / "s"), root / "m.png"))
    EXPECT_EQ(load_scene(scene).mask.area(), 25);
}

TEST_F(Scenes, MissingAndAmbiguousMasksNameTheScene) {
  photo("s/1.png"), photo("s/2.png"), mask("m/1.png");
  const auto missing = [&] { pair_masks(read_scenes(root / "s"), root / "m"); };
  EXPECT_THAT(missing, ThrowsMessage<InputError>(HasSubstr("mask missing for scene 2")));
  mask("m/2.png"), mask("m/2_mask.png");
  EXPECT_THAT(missing, ThrowsMessage<InputError>(
                           AllOf(HasSubstr("several masks for scene 2"), HasSubstr("2_mask.png"))));
}

TEST_F(Scenes, SizeMismatchGivesBothSizes) {
  photo("1.png", 24), mask("m.png", 30);
  const Scene scene{root / "1.png", "1", root / "m.png", "m", ""};
  const auto load = [&] { load_scene(scene); };
  EXPECT_THAT(load, ThrowsMessage<InputError>(AllOf(HasSubstr("30x30"), HasSubstr("24x24"))));
  save_png(root / "m.png", Mask(24, 24));
  EXPECT_THAT(load, ThrowsMessage<InputError>(HasSubstr("mask is empty")));
}

class References : public Scenes {};

TEST_F(References, MaskIsFoundInEveryUsualPlace) {
  put_pair(root / "a/x.png", root / "a/x_mask.png");
  put_pair(root / "b/x.png", root / "b/masks/x.png");
  put_pair(root / "c/images/x.png", root / "c/masks/x_mask.png");
  put_pair(root / "cable/test/bent/007.png", root / "cable/ground_truth/bent/007_mask.png");
  EXPECT_EQ(find_reference(root / "a/x.png", {}).mask, root / "a/x_mask.png");
  EXPECT_EQ(find_reference(root / "b/x.png", {}).mask, root / "b/masks/x.png");
  EXPECT_EQ(find_reference(root / "c/images/x.png", {}).mask, root / "c/masks/x_mask.png");
  const auto mvtec = find_reference(root / "cable/test/bent/007.png", {});
  EXPECT_EQ(mvtec.mask, root / "cable/ground_truth/bent/007_mask.png");
  EXPECT_EQ(mvtec.type, "bent");
  EXPECT_EQ(mvtec.object, "cable");
  photo("d/x.png");
  const auto none = [&] { find_reference(root / "d/x.png", {}); };
  EXPECT_THAT(none, ThrowsMessage<InputError>(AllOf(HasSubstr("no mask beside"), HasSubstr("x_mask.png"))));
}

TEST_F(References, MvtecRootListsEveryTypeOfEveryObject) {
  put_pair(root / "cable/test/bent/000.png", root / "cable/ground_truth/bent/000_mask.png");
  put_pair(root / "tile/test/crack/000.png", root / "tile/ground_truth/crack/000_mask.png");
  put_pair(root / "tile/test/crack/001.png", root / "tile/ground_truth/crack/001_mask.png");
  photo("tile/test/good/000.png"), photo("tile/train/good/000.png");
  const auto found = read_references(root);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].type, "bent");
  EXPECT_EQ(found[2].object, "tile");
  EXPECT_EQ(load_reference(found[1]).mask.area(), 42);
}

TEST_F(References, MasksFolderIsNotTakenForPhotos) {
  put_pair(root / "x.png", root / "masks/x.png");
  EXPECT_EQ(read_references(root).size(), 1u);
  const auto none = [&] { read_references(root / "masks"); };
  EXPECT_THAT(none, ThrowsMessage<InputError>(HasSubstr("holds no reference")));
}

TEST_F(References, PickDependsOnItemAndTypeOnly) {
  std::vector<Reference> all;
  for (int i = 0; i < 8; ++i) all.push_back({text(i, ".png"), "m.png", i % 2 ? "crack" : "hole", ""});
  EXPECT_EQ(pick_reference(all, "crack", 5, "item").type, "crack");
  EXPECT_EQ(&pick_reference(all, "", 5, "item"), &pick_reference(all, "", 5, "item"));
  EXPECT_EQ(pick_reference(all, "METAL+hole", 1, "x").type, "hole");
  std::set<const Reference*> seen;
  for (int i = 0; i < 60; ++i) seen.insert(&pick_reference(all, "", 5, text("item", i)));
  EXPECT_EQ(seen.size(), 8u);
  const auto unknown = [&] { pick_reference(all, "dent", 1, "x"); };
  EXPECT_THAT(unknown, ThrowsMessage<InputError>(AllOf(HasSubstr("'dent'"), HasSubstr("crack, hole"))));
}

}  // namespace
}  // namespace unidg::dataset
