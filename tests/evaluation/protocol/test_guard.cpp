#include <gmock/gmock.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "evaluation/protocol/tiny_product.h"
#include "support/temp_folder.h"
#include "unidg/core/files.h"
#include "unidg/evaluation/protocol/guard.h"

namespace unidg::evaluation {
namespace {

namespace fs = std::filesystem;
using namespace unidg::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Image jpeg(const Image& image, int quality) {
  cv::Mat pixels;
  cv::cvtColor(image.rgb8(), pixels, cv::COLOR_RGB2BGR);
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", pixels, bytes, {cv::IMWRITE_JPEG_QUALITY, quality});
  pixels = cv::imdecode(bytes, cv::IMREAD_COLOR);
  cv::cvtColor(pixels, pixels, cv::COLOR_BGR2RGB);
  return Image(pixels);
}

Image resized(const Image& image, double scale) {
  cv::Mat out;
  cv::resize(image.pixels(), out, {}, scale, scale, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  return Image(out);
}

/// One product for all cases: reading it takes a while.
class GuardOf : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TempFolder;
    write_tiny_product(folder_->path() / "plate", 9, 30, 10);
    product_ = new Product(read_product(folder_->path() / "plate", {}));
    guard_ = new Guard(*product_, {});
  }
  static void TearDownTestSuite() { delete guard_, delete product_, delete folder_; }
  static Image test_picture() { return load_image(product_->types[0].test[1].image); }
  static TempFolder* folder_;
  static Product* product_;
  static Guard* guard_;
};
TempFolder* GuardOf::folder_ = nullptr;
Product* GuardOf::product_ = nullptr;
Guard* GuardOf::guard_ = nullptr;

TEST_F(GuardOf, LetsOtherSpecimensPass) {
  EXPECT_TRUE(Guard(*product_, {}).without_test(*product_).left_out.empty());
  for (std::uint64_t i = 0; i < 20; ++i) guard_->refuse_copy("new", specimen(5000 + i));
}

TEST_F(GuardOf, KnowsATestPictureByItsPixels) {
  EXPECT_THAT([] { guard_->refuse_copy("made/1.png", test_picture()); },
              ThrowsMessage<LeakError>(AllOf(HasSubstr("made/1.png"), HasSubstr("test/dark/004"))));
}

TEST_F(GuardOf, KnowsItEncodedAgainResizedAndBrighter) {
  const auto copy = test_picture();
  EXPECT_THROW(guard_->refuse_copy("jpeg", jpeg(copy, 95)), LeakError);
  EXPECT_THROW(guard_->refuse_copy("larger", resized(copy, 2)), LeakError);
  EXPECT_THROW(guard_->refuse_copy("brighter", Image(cv::Mat(copy.pixels() * 1.1 + cv::Scalar::all(8)))),
               LeakError);
}

TEST_F(GuardOf, KnowsAPastedDefect) {
  const auto defect = load_defect(product_->types[0].test[0]);
  auto scene = specimen(77777);
  Mask used(kTinySide, kTinySide);
  auto box = defect.mask.box();
  box = cv::Rect(box.x - 4, box.y - 4, box.width + 8, box.height + 8);  // with its surroundings
  const cv::Rect there(30, 35, box.width, box.height);
  defect.image.pixels()(box).copyTo(scene.pixels()(there));
  used.pixels()(there) = 255;
  EXPECT_THAT([&] { guard_->refuse_copy("pasted", scene, used); },
              ThrowsMessage<LeakError>(
                  AllOf(HasSubstr("pasted"), HasSubstr("test/dark/003"), HasSubstr("unchanged"))));
}

TEST_F(GuardOf, ReadsTrainingLists) {
  const auto hash = fingerprint(test_picture()).sha256;
  const auto good =
      folder_->write("good.jsonl", R"({"name": "a", "sha256": ")" + std::string(64, 'a') + "\"}\n");
  const auto bad = folder_->write("bad.jsonl", R"({"name": "x/7.png", "sha256": ")" + hash + "\"}\n");
  guard_->refuse_training_list(good, "m");
  EXPECT_THAT([&] { guard_->refuse_training_list(bad, "m"); },
              ThrowsMessage<LeakError>(AllOf(HasSubstr("x/7.png"), HasSubstr("test/dark/004"))));
  EXPECT_THAT([&] { guard_->refuse_training_list(folder_->write("odd.jsonl", "{\"name\": \"a\"}\n"), "m"); },
              ThrowsMessage<FormatError>(HasSubstr("odd.jsonl:1")));
  fs::create_directories(*folder_ / "pictures");
  save_png(*folder_ / "pictures/seen.png", resized(test_picture(), 2));
  EXPECT_THAT([&] { guard_->refuse_training_list(*folder_ / "pictures", "m"); },
              ThrowsMessage<LeakError>(HasSubstr("seen.png")));
}

TEST(Guard, RefusesAPictureOnBothSidesAndNamesBoth) {
  TempFolder folder;
  const auto product = write_tiny_product(folder / "plate");
  fs::copy_file(product / "test/dark/007.png", product / "train/good/900.png");
  const auto read = read_product(product, {});
  EXPECT_THAT([&] { Guard(read, {}).without_test(read); },
              ThrowsMessage<LeakError>(AllOf(HasSubstr("train/good/900"), HasSubstr("test/dark/007"))));
  EXPECT_EQ(Guard(read, {.check = false}).without_test(read).good_train.size(), 13u);
}

TEST(Guard, LeavesOutAnotherPhotoOfATestSpecimen) {
  TempFolder folder;
  const auto product = write_tiny_product(folder / "plate", 9, 30, 10);
  // The same specimen photographed again: its grain with new noise, of 0.7 times its strength.
  const auto image = load_image(product / "test/good/003.png");
  cv::Mat noise(image.pixels().size(), CV_16SC3), again;
  cv::RNG(5).fill(noise, cv::RNG::NORMAL, 0, 7);
  cv::add(image.pixels(), noise, again, cv::noArray(), CV_8UC3);
  save_png(product / "train/good/900.png", Image(again));
  const auto read = read_product(product, {});
  const auto kept = Guard(read, {}).without_test(read);
  EXPECT_EQ(kept.good_train.size(), 30u);
  EXPECT_THAT(kept.left_out,
              ::testing::ElementsAre(AllOf(HasSubstr("train/good/900"), HasSubstr("test/good/003"))));
  EXPECT_THROW(Guard(read, {.same_part = "stop"}).without_test(read), LeakError);
  EXPECT_EQ(Guard(read, {.same_part = "ignore"}).without_test(read).good_train.size(), 31u);
}

TEST(Fingerprint, TellsSizesApart) {
  const auto a = specimen(1);
  EXPECT_NE(fingerprint(a).sha256, fingerprint(resized(a, 2)).sha256);
  EXPECT_EQ(hash_distance(fingerprint(a).brighter, fingerprint(a).brighter), 0);
  EXPECT_EQ(hash_hex(fingerprint(a).brighter).size(), 64u);
}

/// The measured levels (docs/evaluation.md, "Guards"). Reads real products where they are at hand.
TEST(SlowGuard, RaisesNoFalseAlarmOnAlignedPhotos) {
  const fs::path data = fs::path(UNIDG_SOURCE_DIR) / "../shared/data/eval";
  if (!fs::exists(data)) GTEST_SKIP() << data << " is not here";
  for (const char* name : {"bottle", "transistor"}) {
    const auto product = read_product(data / name, {});
    Guard guard(product, {});
    const auto kept = guard.without_test(product);
    EXPECT_TRUE(kept.left_out.empty()) << name << ": " << ::testing::PrintToString(kept.left_out);
    std::size_t found = 0;
    for (const auto& file : product.types[0].test) {
      try {
        guard.refuse_copy("copy", jpeg(load_image(file.image), 75));
      } catch (const LeakError&) {
        ++found;
      }
    }
    EXPECT_EQ(found, product.types[0].test.size()) << name;
    for (const auto& file : product.types[0].pool)  // no pixel of the pool is taken for one of the test set
      guard.refuse_copy(file.key, load_image(file.image));
  }
}

}  // namespace
}  // namespace unidg::evaluation
