#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/preparation/adaptation.h"
#include "unidg/training/shards.h"

namespace unidg::preparation {
namespace {

namespace fs = std::filesystem;

/// A board with a dark part on it, and where `type` hurt it.
MaskedImage board(const std::string& type, int shift) {
  cv::Mat photo(128, 128, CV_8UC3, cv::Scalar::all(170));
  cv::rectangle(photo, cv::Rect(20, 30, 70, 50), cv::Scalar(60, 60, 80), cv::FILLED);
  MaskedImage out{Image(photo), Mask(128, 128)};
  if (type.empty()) return out;
  cv::rectangle(out.mask.pixels(), cv::Rect(40 + shift, 40, 14, 12), 255, cv::FILLED);
  out.image.pixels().setTo(type == "red" ? cv::Scalar(250, 0, 0) : cv::Scalar(0, 250, 0), out.mask.pixels());
  return out;
}

class Adaptation : public ::testing::Test {
 protected:
  Adaptation() {
    Progress::set_default_style(Progress::Style::Quiet);
    for (const std::string type : {"red", "green"})
      for (int i = 0; i < 2; ++i) {
        const auto one = board(type, 10 * i);
        const auto stem = (folder / "references" / type / std::to_string(i)).string();
        save_png(stem + ".png", one.image);
        save_png(stem + "_mask.png", one.mask);
      }
    save_png(folder / "good/0.png", Image(board("", 0).image.pixels() + cv::Scalar::all(20)));
    config.pairs = 12;
  }
  training::PairBatch made(const std::string& name, const std::vector<fs::path>& scenes) {
    prepare_adaptation(dataset::read_references(folder / "references"), scenes, folder / name, 64, config);
    const training::ShardSet set(folder / name);
    std::vector<std::int64_t> all;
    for (std::int64_t i = 0; i < set.count(); ++i) all.push_back(i);
    return set.batch(all);
  }
  testing::TempFolder folder;
  AdaptationConfig config;
};

TEST_F(Adaptation, PairsDefectsOfOneTypeAndIsRepeatable) {
  config.same_image = 0;
  const auto a = made("a", {folder / "good/0.png"}), b = made("b", {folder / "good/0.png"});
  ASSERT_EQ(a.target.size(0), 12);
  EXPECT_TRUE(torch::equal(a.collage, b.collage) && torch::equal(a.target, b.target));
  const auto strongest = [](const torch::Tensor& picture, int channel) {
    const auto p = picture.to(torch::kFloat32);
    return (p[channel] - p[1 - channel]).max().item<double>();
  };
  for (std::int64_t i = 0; i < 12; ++i)
    EXPECT_EQ(strongest(a.target[i], 0) > 100, strongest(a.reference[i], 0) > 100)
        << "red by red, pair " << i;
  const auto list = read_file(folder / "a/training.jsonl");
  EXPECT_EQ(std::count(list.begin(), list.end(), '\n'), 5) << "four defects and a good picture";
}

TEST_F(Adaptation, LaysSomePairsOnGoodPicturesOfTheSameLayout) {
  config.scene = 1;
  const auto on_scene = made("a", {folder / "good/0.png"});
  const auto without = made("b", {});
  EXPECT_FALSE(torch::equal(on_scene.collage, without.collage));
  EXPECT_TRUE(torch::equal(on_scene.target, without.target)) << "the truth is the photo either way";
}

TEST_F(Adaptation, DoesNotGoOnWithPairsOfOtherReferences) {
  made("a", {});
  made("a", {});  // the same again
  auto changed = board("red", 3);
  save_png(folder / "references/red/0_mask.png", changed.mask);
  EXPECT_THAT([&] { made("a", {}); },
              ::testing::ThrowsMessage<UsageError>(::testing::HasSubstr("other references")));
}

TEST_F(Adaptation, NeedsADefect) {
  Mask dot(128, 128);
  dot.pixels().at<std::uint8_t>(5, 5) = 255;
  save_png(folder / "dots/0.png", board("", 0).image);
  save_png(folder / "dots/0_mask.png", dot);
  const auto start = [&] {
    prepare_adaptation(dataset::read_references(folder / "dots"), {}, folder / "c", 64, config);
  };
  EXPECT_THAT(start, ::testing::ThrowsMessage<InputError>(::testing::HasSubstr("none of the 1 references")));
}

}  // namespace
}  // namespace unidg::preparation
