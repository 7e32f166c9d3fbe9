#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/sets/set_folder.h"
#include "unidg/image/foreground.h"
#include "unidg/image/identity.h"
#include "unidg/preparation/inpaint.h"
#include "unidg/procedural/procedural.h"
#include "unidg/training/base.h"

namespace unidg::preparation {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::TempFolder;
using ::testing::ThrowsMessage;

/// A dark disc on white: its foreground is known.
InpaintPhoto disc(std::uint64_t seed, bool is_defective) {
  Image photo(200, 160, PixelFormat::Rgb8);
  photo.pixels().setTo(cv::Scalar::all(250));
  cv::circle(photo.pixels(), {100, 80}, 60, {60, 70, 80}, cv::FILLED);
  cv::RNG(seed).fill(photo.pixels()(cv::Rect(95, 75, 10, 10)), cv::RNG::UNIFORM, 60, 90);
  InpaintPhoto out{photo, Mask(200, 160)};
  if (is_defective) {
    cv::line(out.image.pixels(), {60, 70}, {140, 95}, {220, 40, 40}, 3);
    cv::line(out.defect.pixels(), {60, 70}, {140, 95}, 255, 5);
  }
  return out;
}

/// A library of a few masks, through a set as `unidg masks build` reads it.
dataset::templates::TemplateLibrary small_library(const fs::path& folder) {
  namespace sets = dataset::sets;
  sets::SetWriter writer(folder);
  std::vector<sets::SetEntry> entries;
  for (int i = 0; i < 9; ++i) {
    Mask mask(64, 64);
    cv::ellipse(mask.pixels(), {32, 32}, {4 + i, 3 + i % 3}, 20.0 * i, 0, 360, 255, cv::FILLED);
    sets::SetEntry entry;
    entry.id = "m" + std::to_string(i), entry.type = "scratch", entry.category = 7, entry.source = "small";
    const auto bytes = encode_png(Image(64, 64, PixelFormat::Rgb8));
    entry.abnormal = "abnormal/" + entry.id + ".png", entry.mask = "mask/" + entry.id + ".png";
    entry.sha256 = sha256_hex(bytes), entry.width = entry.height = 64, entry.mask_area = mask.area();
    writer.put(entry.abnormal, bytes), writer.put(entry.mask, encode_png(mask));
    entries.push_back(entry);
  }
  writer.append(entries);
  dataset::templates::BuildReport report;
  return dataset::templates::TemplateLibrary::build({folder}, {}, report);
}

// App. A.1: 1-3 masks on the foreground, never on the annotated defect; the photo is the target.
TEST(MakeInpaintPair, FollowsTheRulesOfTheAgent) {
  const TempFolder folder;
  const auto library = small_library(folder / "set");
  for (const auto* masks : {static_cast<const dataset::templates::TemplateLibrary*>(nullptr), &library})
    for (const auto* window : {"zoom", "photo"})
      for (const bool is_defective : {false, true}) {
        InpaintConfig config;
        config.size = 64, config.window = window;
        std::map<std::size_t, int> counts;
        for (std::uint64_t seed = 0; seed < 24; ++seed) {
          const auto photo = disc(seed, is_defective);
          Rng rng(seed, "inpaint");
          const auto pair = make_inpaint_pair(photo, masks, config, rng);
          if (!pair) continue;
          ++counts[pair->holes.size()];
          const cv::Mat product = foreground(photo.image).pixels();
          cv::Mat kept_away;
          cv::dilate(photo.defect.pixels(), kept_away, cv::Mat::ones(13, 13, CV_8UC1));
          const cv::Rect seen = pair->window & cv::Rect(0, 0, 200, 160);
          const cv::Rect inside = seen - pair->window.tl();
          for (const auto& hole : pair->holes) {
            EXPECT_GT(cv::countNonZero(hole), 0);
            EXPECT_EQ(cv::countNonZero(hole), cv::countNonZero(hole(inside))) << "in the padding";
            EXPECT_EQ(cv::countNonZero(hole(inside) & ~product(seen)), 0) << "off the foreground";
            EXPECT_EQ(cv::countNonZero(hole(inside) & kept_away(seen)), 0) << "on the defect";
          }
          // At the model's size: no masked pixel shows the red line, and nothing changes outside.
          std::vector<cv::Mat> rgb;
          cv::split(pair->target, rgb);
          cv::Mat changed, difference;
          cv::absdiff(pair->target, pair->collage, difference);
          cv::cvtColor(difference, changed, cv::COLOR_RGB2GRAY);
          EXPECT_EQ(cv::countNonZero((rgb[0] > rgb[1] + 25) & pair->mask), 0);
          EXPECT_EQ(cv::countNonZero((changed > 0) & (pair->mask == 0)), 0);
          EXPECT_EQ(pair->target.size(), cv::Size(64, 64));
        }
        for (const auto& [count, times] : counts) EXPECT_TRUE(count >= 1 && count <= 3) << count;
        EXPECT_EQ(counts.size(), 3u) << window << is_defective;  // each of 1, 2 and 3 occurs
      }
}

TEST(MakeInpaintPair, GivesNothingWhereADefectIsEverywhere) {
  auto photo = disc(1, false);
  photo.defect.pixels().setTo(255);
  Rng rng(1, "inpaint");
  EXPECT_FALSE(make_inpaint_pair(photo, nullptr, InpaintConfig{}, rng));
}

/// What the config files of the repository say.
template <typename Config>
Config config_of(const std::string& name) {
  Config config;
  const auto file = fs::path(UNIDG_SOURCE_DIR) / "configs/inpaint" / name;
  read_fields(config, parse_json(read_file(file), name), name);
  return config;
}

TEST(InpaintConfigs, CountAsAppendixA1) {
  const auto prepared = config_of<InpaintConfig>("prepare.json");
  const auto trained = config_of<training::BaseConfig>("train.json");
  EXPECT_EQ(prepared.pairs, 600'000);
  EXPECT_EQ(prepared.least_masks, 1);
  EXPECT_EQ(prepared.most_masks, 3);
  EXPECT_EQ(trained.samples, 2'400'000);  // choices.md 82: samples, four passes
  EXPECT_EQ(trained.steps_in_all(), 37'500);
  EXPECT_EQ(trained.steps_in_all() * trained.batch / prepared.pairs, 4);
}

TEST(PrepareInpaint, GoesThroughShardsAndTrainerInPlainMode) {
  Progress::set_default_style(Progress::Style::Quiet);
  const TempFolder folder;
  const auto config = config_of<InpaintConfig>("prepare_cpu.json");
  const auto photo = disc(3, true);
  save_png(folder / "corpus/good.png", disc(4, false).image);
  save_png(folder / "corpus/bad.png", photo.image);
  save_png(folder / "corpus/bad_mask.png", photo.defect);
  folder.write(
      "corpus/manifest.jsonl",
      "{\"id\": \"a\", \"dataset\": \"d\", \"licence\": \"own\", \"source\": \"a\", \"normal\": "
      "\"good.png\"}\n"
      "{\"id\": \"b\", \"dataset\": \"d\", \"licence\": \"own\", \"source\": \"b\", \"image\": \"bad.png\", "
      "\"mask\": \"bad_mask.png\"}\n");
  const auto report = prepare_inpaint(folder / "corpus", {}, folder / "shards", config);
  EXPECT_EQ(report.pairs, config.pairs);
  EXPECT_GT(report.by_dataset.value("d", 0), 0);
  EXPECT_THAT(read_file(folder / "shards/sources.json"), HasSubstr("own"));
  const training::ShardSet set(folder / "shards");
  EXPECT_EQ(set.count(), config.pairs);
  EXPECT_TRUE(set.is_plain());
  EXPECT_FALSE(set.batch({0}).reference.defined());

  const auto lost = read_file(folder / "shards/shard-00001.safetensors");
  fs::remove(folder / "shards/shard-00001.safetensors");
  EXPECT_EQ(prepare_inpaint(folder / "corpus", {}, folder / "shards", config).pairs, config.shard_pairs);
  EXPECT_EQ(read_file(folder / "shards/shard-00001.safetensors"), lost);

  const auto trained = config_of<training::BaseConfig>("train_cpu.json");
  EXPECT_EQ(training::train_base(folder / "shards", folder / "run", trained), 6);  // 24 samples, 4 a step
  EXPECT_TRUE(models::SmallModel::load(folder / "run/model").settings.plain);
  // What it was trained on stands beside the weights, as the evaluation's guard reads it.
  const auto list = read_file(folder / "run/model/training.jsonl");
  const auto identity = identify(photo.image);
  EXPECT_EQ(std::count(list.begin(), list.end(), '\n'), 2);
  EXPECT_THAT(list, HasSubstr("{\"name\":\"bad.png\",\"sha256\":\"" + identity.sha256 + "\",\"dhash\":\"" +
                              hash_hex(identity.brighter) + "\"}"));
}

TEST(PrepareInpaint, NamesWhatDoesNotFit) {
  const TempFolder folder;
  InpaintConfig config;
  config.least_masks = 3, config.most_masks = 2;
  EXPECT_THAT([&] { prepare_inpaint({}, {}, folder / "out", config); },
              ThrowsMessage<UsageError>(HasSubstr("least_masks")));
  config = {};
  config.size = 100;
  EXPECT_THAT([&] { prepare_inpaint({}, {}, folder / "out", config); },
              ThrowsMessage<UsageError>(HasSubstr("16")));
}

}  // namespace
}  // namespace unidg::preparation
