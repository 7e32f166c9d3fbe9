#include <gmock/gmock.h>

#include "evaluation/protocol/tiny_product.h"
#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/evaluation/protocol/picture_size.h"
#include "unidg/evaluation/protocol/product.h"

namespace unidg::evaluation {
namespace {

namespace fs = std::filesystem;
using namespace unidg::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class ProductFolder : public ::testing::Test {
 protected:
  void SetUp() override { write_tiny_product(product); }
  TempFolder folder;
  fs::path product = folder / "plate";
  auto reading(const SplitConfig& config = {}) {
    return [this, config] { return read_product(product, config); };
  }
};

TEST_F(ProductFolder, TheFirstThirdOfEachTypeIsThePool) {
  const auto read = read_product(product, {});
  EXPECT_EQ(read.name, "plate");
  EXPECT_EQ(read.good_train.size(), 12u);
  EXPECT_EQ(read.good_test.size(), 6u);
  ASSERT_EQ(read.types.size(), 2u);
  EXPECT_EQ(read.types[0].name, "dark");
  EXPECT_EQ(read.types[0].pool.size(), 3u);
  EXPECT_EQ(read.types[0].pool.back().key, "test/dark/002");
  EXPECT_EQ(read.types[0].test.front().key, "test/dark/003");
  EXPECT_EQ(read.abnormal_test(), 12u);
}

TEST(Split, IsTheFloorOfAThird) {
  EXPECT_EQ(pool_size(63, "third"), 21u);
  EXPECT_EQ(pool_size(11, "third"), 3u);
  EXPECT_EQ(pool_size(2, "third"), 0u);
  EXPECT_EQ(pool_size(2, "third_or_one"), 1u);  // SeaS
}

TEST(Split, SortsByNumber) {
  TempFolder folder;
  const auto product = write_tiny_product(folder / "p", 3);
  for (const char* name : {"2", "10", "9"}) {
    const auto defect = hurt(900 + std::stoul(name), "dark");
    save_png(product / "test/round" / (std::string(name) + ".png"), defect.image);
    save_png(product / "ground_truth/round" / (std::string(name) + "_mask.png"), defect.mask);
  }
  const auto read = read_product(product, {});
  EXPECT_EQ(read.types.back().pool.front().key, "test/round/2");
  EXPECT_EQ(read.types.back().test.back().key, "test/round/10");
}

TEST_F(ProductFolder, NamesAMissingMask) {
  fs::remove(product / "ground_truth/dark/004_mask.png");
  EXPECT_THAT(reading(),
              ThrowsMessage<InputError>(AllOf(HasSubstr("test/dark/004.png"),
                                              HasSubstr("missing ground truth"), HasSubstr("Add"))));
}

TEST_F(ProductFolder, NamesMissingGroundTruth) {
  fs::remove_all(product / "ground_truth/dark");
  EXPECT_THAT(reading(),
              ThrowsMessage<InputError>(AllOf(HasSubstr("ground_truth/dark"), HasSubstr("_mask.png"))));
}

TEST_F(ProductFolder, NamesAMaskWithoutItsPicture) {
  fs::remove(product / "test/line/001.png");
  EXPECT_THAT(reading(),
              ThrowsMessage<InputError>(AllOf(HasSubstr("001_mask.png"), HasSubstr("without its picture"))));
}

TEST_F(ProductFolder, NamesMasksWithoutAFolderOfPictures) {
  fs::remove_all(product / "test/line");
  EXPECT_THAT(reading(),
              ThrowsMessage<InputError>(AllOf(HasSubstr("ground_truth/line"), HasSubstr("without"))));
}

TEST_F(ProductFolder, AMaskOfAnotherSizeIsNamedWithItsPicture) {
  save_png(product / "ground_truth/line/005_mask.png", Mask(cv::Mat(20, 30, CV_8UC1, cv::Scalar(255))));
  const auto read = read_product(product, {});
  const auto& file = read.types[1].test.at(2);
  EXPECT_THAT(
      [&] { load_defect(file); },
      ThrowsMessage<InputError>(AllOf(HasSubstr("005_mask.png"), HasSubstr("30x20"), HasSubstr("64x64"))));
}

TEST_F(ProductFolder, ATypeOfTwoPicturesStopsOrIsLeftOut) {
  for (int i = 2; i < 9; ++i) {
    fs::remove(product / "test/line" / (numbered(i) + ".png"));
    fs::remove(product / "ground_truth/line" / (numbered(i) + "_mask.png"));
  }
  EXPECT_THAT(reading(),
              ThrowsMessage<InputError>(AllOf(HasSubstr("test/line"), HasSubstr("holds 2 pictures"),
                                              HasSubstr("split.small_types=skip"))));
  const auto read = read_product(product, {.small_types = "skip"});
  EXPECT_EQ(read.types.size(), 1u);
  EXPECT_THAT(read.left_out, ::testing::ElementsAre(HasSubstr("line")));
  EXPECT_EQ(read_product(product, {.split = "third_or_one"}).types[1].pool.size(), 1u);
}

TEST_F(ProductFolder, OneClassAloneIsRefused) {
  const auto good = product / "test/good";
  fs::rename(good, folder / "aside");
  EXPECT_THAT(reading(),
              ThrowsMessage<InputError>(AllOf(HasSubstr("test/good"), HasSubstr("one class only"))));
  fs::rename(folder / "aside", good);
  fs::remove_all(product / "test/dark"), fs::remove_all(product / "test/line"),
      fs::remove_all(product / "ground_truth");
  EXPECT_THAT(reading(),
              ThrowsMessage<InputError>(AllOf(HasSubstr("no defect type"), HasSubstr("one class only"))));
}

TEST_F(ProductFolder, AnotherLayoutIsExplained) {
  EXPECT_THAT([&] { read_product(folder / "nowhere", {}); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("no such product folder"), HasSubstr("--products"))));
  EXPECT_THAT([&] { read_product(folder.path(), {}); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("train/good"), HasSubstr("MVTec-AD's layout"))));
}

TEST_F(ProductFolder, PicturesShrinkAndThinMasksSurvive) {
  Mask thin(kTinySide, kTinySide);
  cv::line(thin.pixels(), {10, 5}, {10, 60}, 255, 1);
  save_png(product / "ground_truth/dark/000_mask.png", thin);
  const auto shrunk = at_picture_size(read_product(product, {}), 16, folder / "small");
  const auto defect = load_defect(shrunk.types[0].pool[0]);
  EXPECT_EQ(defect.image.width(), 16);
  EXPECT_GE(defect.mask.area(), 13);
  EXPECT_EQ(shrunk.types[0].pool[0].key, "test/dark/000");
  EXPECT_EQ(read_product(folder / "small", {}).abnormal_test(), 12u);  // the copy is a product of its own
}

}  // namespace
}  // namespace unidg::evaluation
