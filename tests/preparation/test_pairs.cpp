#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/preparation/corpus.h"
#include "unidg/preparation/pairs.h"
#include "unidg/preparation/prepare.h"
#include "unidg/procedural/procedural.h"
#include "unidg/training/shards.h"

namespace unidg::preparation {
namespace {

TEST(MakePair, AgreesOutsideTheMaskAndDiffersInside) {
  int made = 0;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const auto target = procedural::draw("metal", "scratch", 160, 160, seed);
    const auto other = procedural::draw("wood", "scratch", 160, 160, seed + 50);
    Rng rng(seed, "pair");
    const auto pair =
        make_pair({target.abnormal, target.mask}, target.normal, {other.abnormal, other.mask}, 64, rng);
    if (!pair) continue;
    ++made;
    cv::Mat difference, changed;
    cv::absdiff(pair->target, pair->collage, difference);
    cv::cvtColor(difference, changed, cv::COLOR_RGB2GRAY);
    EXPECT_EQ(cv::countNonZero((changed > 0) & (pair->mask == 0)), 0);
    EXPECT_GT(cv::countNonZero((changed > 0) & pair->mask), 0);
    EXPECT_EQ(pair->reference.size(), cv::Size(64, 64));
  }
  EXPECT_GT(made, 6);
}

TEST(CloneCleanPart, ReplacesTheHoleByTextureAndNothingElse) {
  cv::Mat picture(80, 80, CV_8UC3, cv::Scalar(90, 90, 90)), mask = cv::Mat::zeros(80, 80, CV_8UC1);
  cv::circle(mask, {40, 40}, 8, 255, cv::FILLED);
  picture.setTo(cv::Scalar(250, 0, 0), mask);
  Rng rng(1, "clone");
  const auto clean = clone_clean_part(picture, mask, mask, rng);
  ASSERT_TRUE(clean);
  EXPECT_NEAR(cv::mean(*clean, mask)[0], 90, 3);
  mask.setTo(255);
  EXPECT_FALSE(clone_clean_part(picture, mask, mask, rng));
}

TEST(Prepare, WritesShardsThatReadBackAndGoOnWhereTheyStopped) {
  Progress::set_default_style(Progress::Style::Quiet);
  const testing::TempFolder folder;
  PrepareConfig config;
  config.size = 48;
  config.pairs = 10;
  config.shard_pairs = 4;
  config.held_out = 0;
  prepare({}, folder / "a", config);
  const training::ShardSet set(folder / "a");
  EXPECT_EQ(set.count(), 10);
  EXPECT_EQ(set.size(), 48);
  // A rerun after losing one shard makes the same shard again.
  const auto lost = read_file(folder / "a/shard-00001.safetensors");
  std::filesystem::remove(folder / "a/shard-00001.safetensors");
  const auto report = prepare({}, folder / "a", config);
  EXPECT_EQ(report.pairs, 4);
  EXPECT_EQ(read_file(folder / "a/shard-00001.safetensors"), lost);
}

TEST(Corpus, NamesFileAndLineOfABadEntry) {
  const testing::TempFolder folder;
  folder.write("manifest.jsonl",
               "{\"id\": \"a\", \"normal\": \"n.png\"}\n{\"id\": \"b\", \"image\": \"i.png\"}\n");
  try {
    read_corpus(folder.path());
    FAIL() << "an image without a mask was accepted";
  } catch (const FormatError& error) {
    EXPECT_NE(std::string(error.what()).find("manifest.jsonl:2"), std::string::npos) << error.what();
  }
}

TEST(Corpus, ASetOfOursIsOneToo) {
  const testing::TempFolder folder;
  folder.write("manifest.jsonl",
               "{\"id\": \"a\", \"abnormal\": \"abnormal/a.png\", \"normal\": \"normal/a.png\", \"mask\": "
               "\"mask/a.png\", "
               "\"source\": \"bsdata\", \"object\": \"screw\", \"type\": \"pitting\", \"part\": \"p7\", "
               "\"licence\": \"CC BY\", \"mask_kind\": \"pixel\"}\n"
               "{\"id\": \"b\", \"abnormal\": \"\", \"normal\": \"normal/b.png\", \"mask\": \"\", "
               "\"source\": \"bsdata\", "
               "\"object\": \"screw\", \"type\": \"good\", \"part\": \"\", \"licence\": \"CC BY\"}\n");
  const auto entries = read_corpus(folder.path());
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].dataset, "bsdata");
  EXPECT_EQ(entries[0].defect, "pitting");
  EXPECT_EQ(entries[0].source, "p7");
  EXPECT_EQ(entries[0].image, folder / "abnormal/a.png");
  EXPECT_EQ(entries[0].normal, folder / "normal/a.png");
  EXPECT_TRUE(entries[1].image.empty());
  EXPECT_EQ(entries[1].source, "b");
}

TEST(PairPool, KeepsKindsAndFamiliesApart) {
  const auto entry = [](const char* id, const char* dataset, const char* defect) {
    return CorpusEntry{id, dataset, "o", defect, "pixel", "", id, "i", "m", {}};
  };
  const PairPool pool({entry("1", "a", "crack"), entry("2", "a", "crack"), entry("3", "b", "wall crack"),
                       entry("4", "b", "hole")});
  EXPECT_EQ(pool.same_kind(0), (std::vector<int>{0, 1}));
  EXPECT_EQ(pool.other_object(0), (std::vector<int>{2}));
  EXPECT_TRUE(pool.other_object(3).empty());
}

}  // namespace
}  // namespace unidg::preparation
