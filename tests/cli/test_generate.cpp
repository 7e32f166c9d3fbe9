#include <chrono>
#include <thread>

#include "unidg/core/config.h"
#include "unidg/dataset/manifest.h"
#include "unidg/dataset/picture_texts.h"
#include "workshop.h"

namespace unidg::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class Generate : public Workshop {};

TEST_F(Generate, WritesQuadrupletsAndSaysSo) {
  const auto ran = run_program(generate({{"--count", "2"}, {"--steps", "3"}}, {"--json"}));
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto result = parse_json(ran.out, "stdout");
  EXPECT_EQ(result["made"], 4);
  EXPECT_EQ(result["failed"], 0);
  EXPECT_TRUE(fs::exists(result["gallery"].get<std::string>()));
  for (std::size_t at = 0; at < ran.err.size(); at = ran.err.find('\n', at) + 1)
    EXPECT_TRUE(Json::accept(ran.err.substr(at, ran.err.find('\n', at) - at))) << ran.err;

  const auto entries = dataset::read_manifest(folder / "out");
  ASSERT_THAT(entries, SizeIs(4));
  for (const auto& entry : entries) {
    EXPECT_EQ(entry.steps, 3);
    EXPECT_EQ(entry.model, "tiny");
    const auto normal = load_image(folder / "out" / entry.normal),
               abnormal = load_image(folder / "out" / entry.abnormal);
    const auto used = load_mask(folder / "out" / entry.mask_used);
    EXPECT_EQ(load_mask(folder / "out" / entry.mask), load_mask(folder / "mask.png"));
    cv::Mat outside = normal.pixels().clone();
    abnormal.pixels().copyTo(outside, used.pixels() == 0);
    EXPECT_EQ(Image(outside), normal);
  }
  // A generated picture tells how it was made.
  const auto told = run_here({"inspect", path("out/" + entries[0].abnormal)});
  EXPECT_EQ(told.exit, 0) << told.err;
  const auto settings = parse_json(told.out, "stdout");
  EXPECT_EQ(settings["id"], entries[0].id);
  EXPECT_EQ(settings["config"]["paint.steps"], 3);
  EXPECT_THAT(settings["weights"], SizeIs(4));
  EXPECT_EQ(settings["weights"][0]["sha256"].get<std::string>().size(), 64u);
  EXPECT_THAT(told.out, Not(HasSubstr(folder.path().string())));
}

TEST_F(Generate, DryRunWritesNothing) {
  const auto before = folder_content(folder.path());
  const auto ran = run_program(generate({{"--count", "3"}}, {"--dry-run", "--json"}));
  EXPECT_EQ(ran.exit, 0) << ran.err;
  const auto result = parse_json(ran.out, "stdout");
  EXPECT_EQ(result["pictures"], 6);
  EXPECT_GT(result["memory_bytes"].get<double>(), 1e6);
  EXPECT_THAT(result["ids"], SizeIs(6));
  EXPECT_FALSE(fs::exists(folder / "out"));
  EXPECT_EQ(folder_content(folder.path()), before);
  folder.write("scenes/001.png", "broken");
  const auto wrong = run_here(generate({}, {"--dry-run"}));
  EXPECT_EQ(wrong.exit, 3);
  EXPECT_THAT(wrong.err, HasSubstr("001.png"));
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST_F(Generate, ShardsMergedEqualOneRun) {
  const auto whole = run_here(generate({{"--out", path("whole")}, {"--count", "3"}}));
  ASSERT_EQ(whole.exit, 0) << whole.err;
  for (const char* shard : {"1/2", "2/2"}) {
    const auto ran = run_here(generate({{"--count", "3"}, {"--shard", shard}, {"--set", "batch=1"}}));
    ASSERT_EQ(ran.exit, 0) << ran.err;
  }
  EXPECT_TRUE(fs::exists(folder / "out/manifest-2-of-2.jsonl"));
  const auto merged = run_here({"merge", path("out")});
  ASSERT_EQ(merged.exit, 0) << merged.err;
  EXPECT_EQ(merged.out, path("out/manifest.jsonl") + "\n");
  EXPECT_EQ(folder_content(folder / "out"), folder_content(folder / "whole"));
}

TEST_F(Generate, ARerunSkipsWhatIsFinished) {
  ASSERT_EQ(run_here(generate()).exit, 0);
  const auto before = folder_content(folder / "out");
  const auto again = run_here(generate({}, {"--json"}));
  EXPECT_EQ(again.exit, 0) << again.err;
  EXPECT_EQ(parse_json(again.out, "stdout")["skipped"], 2);
  EXPECT_EQ(folder_content(folder / "out"), before);
  const auto other = run_here(generate({{"--steps", "5"}}));
  EXPECT_EQ(other.exit, 2);
  EXPECT_THAT(other.err, AllOf(HasSubstr("2 steps"), HasSubstr("--out")));
}

TEST_F(Generate, KilledAtAnyMomentLeavesWholeFilesAndGoesOn) {
  ASSERT_EQ(run_here(generate({{"--out", path("whole")}, {"--count", "6"}})).exit, 0);
  Program running(generate({{"--count", "6"}}, {"--set", "batch=1"}));
  for (int i = 0; i < 400 && (!fs::exists(folder / "out/abnormal") || fs::is_empty(folder / "out/abnormal"));
       ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  running.signal(SIGKILL);
  EXPECT_EQ(running.wait().exit, 128 + SIGKILL);
  for (const auto& entry : fs::recursive_directory_iterator(folder / "out"))
    if (entry.path().extension() == ".png") {
      EXPECT_NO_THROW(load_image(entry.path()));
    }
  const auto again = run_here(generate({{"--count", "6"}}));
  ASSERT_EQ(again.exit, 0) << again.err;
  EXPECT_EQ(folder_content(folder / "out"), folder_content(folder / "whole"));
}

TEST_F(Generate, CtrlCFinishesThePictureAtHand) {
  Program running(generate({{"--count", "500"}}, {"--set", "batch=1"}));
  for (int i = 0; i < 400 && (!fs::exists(folder / "out/abnormal") || fs::is_empty(folder / "out/abnormal"));
       ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  running.signal(SIGINT);
  const auto ran = running.wait();
  EXPECT_EQ(ran.exit, 130) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("goes on from here"));
  const auto entries = dataset::read_manifest(folder / "out");
  EXPECT_THAT(entries, Not(IsEmpty()));
  EXPECT_LT(entries.size(), 1000u);
  for (const auto& entry : entries) EXPECT_NO_THROW(load_image(folder / "out" / entry.abnormal));
}

TEST_F(Generate, MvtecLayoutIsTheTreeThatReadersExpect) {
  write_reference(folder / "metal/test/scratch", "000", 7, kSide);
  const auto ran =
      run_here(generate({{"--layout", "mvtec"}, {"--reference", ""}, {"--references", path("metal/test")}}));
  ASSERT_EQ(ran.exit, 0) << ran.err;
  int abnormal = 0, masks = 0, good = 0;
  for (const auto& [name, bytes] : folder_content(folder / "out")) {
    if (name.rfind("test/scratch/", 0) == 0) {
      ++abnormal;
      EXPECT_TRUE(
          fs::exists(folder / "out/ground_truth/scratch" / (fs::path(name).stem().string() + "_mask.png")));
    }
    masks += name.rfind("ground_truth/scratch/", 0) == 0;
    good += name.rfind("train/good/", 0) == 0;
  }
  EXPECT_EQ(abnormal, 2);
  EXPECT_EQ(masks, 2);
  EXPECT_EQ(good, 2);
}

TEST_F(Generate, NvidiaLinesAreAccepted) {
  write_reference(folder / "types/test/scratch", "000", 7, kSide);
  folder.write(
      "jobs.jsonl",
      "{\"image_filename\": \"scenes/000.png\", \"mask_filename\": \"mask.png\", \"anomaly_type\": "
      "\"wood+scratch\", \"guidance\": 7.0, \"num_steps\": 35, \"seed\": 4, \"num_generated_images\": 2, "
      "\"crop_and_paste\": true}\n");
  const Arguments words{"generate",         "--manifest", path("jobs.jsonl"), "--references",
                        path("types/test"), "--model",    path("tiny"),       "--out",
                        path("out")};
  const auto ran = run_here(words);
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.err, AllOf(HasSubstr("guidance"), HasSubstr("crop_and_paste")));
  for (const auto& entry : dataset::read_manifest(folder / "out")) EXPECT_EQ(entry.seed, 4u);
  folder.write("jobs.jsonl", "{\"source\": \"scenes/000.png\", \"maske\": \"mask.png\"}\n");
  const auto wrong = run_here(words);
  EXPECT_EQ(wrong.exit, 3);
  EXPECT_THAT(wrong.err, AllOf(HasSubstr("jobs.jsonl:1"), HasSubstr("'mask'")));
}

TEST_F(Generate, MasksCanBeDrawnAndMetadataLeftOut) {
  const auto ran =
      run_here(generate({{"--masks", "auto"}, {"--set", "masks.max_area=0.02"}}, {"--no-metadata"}));
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto entry = dataset::read_manifest(folder / "out").front();
  EXPECT_GT(load_mask(folder / "out" / entry.mask).area(), 0);
  EXPECT_THAT(read_png_texts(folder / "out" / entry.abnormal), IsEmpty());
  EXPECT_EQ(run_here({"inspect", path("out/" + entry.abnormal)}).exit, 3);
}

TEST_F(Generate, SomeFailuresAreAPartialBatch) {
  save_png(folder / "scenes/001.png", Image(50, 40, PixelFormat::Gray8));
  const auto ran = run_here(generate({}, {"--json"}));
  EXPECT_EQ(ran.exit, 5);
  const auto result = parse_json(ran.out, "stdout");
  EXPECT_EQ(result["made"], 1);
  EXPECT_EQ(result["failed"], 1);
  EXPECT_THAT(result["failures"][0]["reason"].get<std::string>(), HasSubstr("50x40"));
}

TEST_F(Generate, QuietSaysNothingButWarnings) {
  const auto ran = run_here(generate({}, {"--quiet", "--set", "weak_below=255"}));
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.err, HasSubstr("warning: "));
  EXPECT_THAT(ran.err, Not(HasSubstr("pictures")));
  EXPECT_EQ(ran.out, path("out/manifest.jsonl") + "\n");
}

}  // namespace
}  // namespace unidg::testing
