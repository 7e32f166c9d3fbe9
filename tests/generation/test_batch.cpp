#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "support/folder_content.h"
#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/generation/batch.h"

namespace unidg::generation {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

Mask square_mask(int side, int square) {
  Mask mask(side, side);
  mask.pixels()(cv::Rect((side - square) / 2, (side - square) / 2, square, square)) = 255;
  return mask;
}

/// A plate with grain on a plain ground.
Image plate(std::uint64_t seed) {
  Image image(96, 96, PixelFormat::Rgb8);
  image.pixels() = cv::Scalar(240, 240, 240);
  cv::Mat grain(60, 60, CV_8UC3);
  cv::RNG(seed).fill(grain, cv::RNG::UNIFORM, 90, 130);
  grain.copyTo(image.pixels()(cv::Rect(18, 18, 60, 60)));
  return image;
}

/// NAME.png, a plate with a dark spot, and NAME_mask.png.
void write_reference(const fs::path& folder, const std::string& name, std::uint64_t seed = 7) {
  auto image = plate(seed);
  const auto mask = square_mask(96, 14);
  image.pixels().setTo(cv::Scalar(30, 20, 20), mask.pixels());
  save_png(folder / (name + ".png"), image);
  save_png(folder / (name + "_mask.png"), mask);
}

void write_scenes(const fs::path& folder, int count) {
  for (int i = 0; i < count; ++i)
    save_png(folder / ("00" + std::to_string(i) + ".png"), plate(static_cast<std::uint64_t>(100 + i)));
}

/// Paints one colour that depends on seed and id alone.
class FakePainter : public conditioning::Painter {
 public:
  explicit FakePainter(std::string name = "fake") : name_(std::move(name)) {}
  std::vector<cv::Mat> paint(const std::vector<conditioning::View>& views,
                             const conditioning::PaintConfig&) override {
    std::vector<cv::Mat> out;
    for (const auto& view : views) {
      Rng rng(view.seed, view.id);
      out.emplace_back(64, 64, CV_32FC3,
                       cv::Scalar(rng.uniform(0, 60), rng.uniform(200, 255), rng.uniform(0, 60)));
      ++painted;
      if (painted == interrupt_after) request_interrupt();
    }
    return out;
  }
  std::string name() const override { return name_; }
  int size() const override { return 64; }
  bool wants_collage() const override { return false; }
  bool is_small() const override { return true; }
  conditioning::PaintConfig resolve(conditioning::PaintConfig config) const override {
    config.hole = "grey";
    if (config.steps == 0) config.steps = 4;
    return config;
  }
  int painted = 0, interrupt_after = -1;

 private:
  std::string name_;
};

class Batches : public ::testing::Test {
 protected:
  void SetUp() override {
    set_log_sink([this](LogLevel, const std::string& line) { log += line + "\n"; });
    Progress::set_default_style(Progress::Style::Quiet);
    clear_interrupt();
    write_reference(folder.path(), "reference");
    write_scenes(folder / "scenes", 3);
    save_png(folder / "mask.png", square_mask(96, 20));
    request.reference = folder / "reference.png";
    request.scenes = folder / "scenes";
    request.masks = (folder / "mask.png").string();
    config.generate.batch = 2;
    config.generate.editing.tone = "none";
  }
  void TearDown() override {
    clear_interrupt();
    set_log_sink({});
  }

  BatchReport make(const fs::path& out, const std::string& model = "fake", int interrupt_after = -1) {
    auto painter = std::make_unique<FakePainter>(model);
    painter->interrupt_after = interrupt_after;
    painter_ = painter.get();
    const DefectGenerator generator(std::move(painter), config.generate);
    const auto plan = plan_batch(request);
    dataset::QuadrupletWriter writer(out, {.shard = request.shard});
    const auto report =
        run_batch(plan, generator, config.masks, writer, {{"version", "test"}, {"weights", weights}});
    painted = painter_->painted;
    return report;
  }

  ::unidg::testing::TempFolder folder;
  BatchRequest request;
  BatchConfig config;
  std::string log, weights = "hash";
  int painted = 0;

 private:
  FakePainter* painter_ = nullptr;
};

TEST_F(Batches, MakesCountPicturesPerScene) {
  request.count = 2;
  const auto report = make(folder / "out");
  EXPECT_EQ(report.planned, 6u);
  EXPECT_EQ(report.made, 6u);
  EXPECT_EQ(report.weak, 0u);
  EXPECT_THAT(report.failures, IsEmpty());
  finish_folder(folder / "out");
  const auto entries = dataset::read_manifest(folder / "out");
  ASSERT_THAT(entries, SizeIs(6));
  for (const auto& entry : entries) {
    EXPECT_EQ(entry.status, "ok");
    EXPECT_EQ(entry.steps, 4);
    EXPECT_EQ(load_image(folder / "out" / entry.abnormal).width(), 96);
  }
  EXPECT_TRUE(fs::exists(folder / "out/index.html"));
  EXPECT_TRUE(fs::exists(folder / "out/contact_sheet.png"));
}

TEST_F(Batches, ShardsJoinedEqualOneRunByteForByte) {
  request.count = 3;
  make(folder / "whole");
  finish_folder(folder / "whole");
  std::size_t made = 0;
  for (int i = 1; i <= 3; ++i) {
    request.shard = {i, 3};
    config.generate.batch = i;  // the batch must not matter either
    made += make(folder / "shards").made;
  }
  EXPECT_EQ(made, 9u);
  finish_folder(folder / "shards");
  EXPECT_EQ(::unidg::testing::folder_content(folder / "shards"),
            ::unidg::testing::folder_content(folder / "whole"));
}

TEST_F(Batches, ARerunPaintsNothingTwice) {
  make(folder / "out");
  const auto before = ::unidg::testing::folder_content(folder / "out");
  const auto report = make(folder / "out");
  EXPECT_EQ(report.skipped, 3u);
  EXPECT_EQ(report.made, 0u);
  EXPECT_EQ(painted, 0);
  EXPECT_EQ(::unidg::testing::folder_content(folder / "out"), before);
}

TEST_F(Batches, AnInterruptedRunFinishesThePicturesAtHandAndGoesOn) {
  request.count = 2;
  make(folder / "whole");
  finish_folder(folder / "whole");
  auto report = make(folder / "out", "fake", /*interrupt_after=*/1);
  EXPECT_TRUE(report.is_interrupted);
  EXPECT_EQ(report.made, 2u);  // the batch at hand
  clear_interrupt();
  report = make(folder / "out");
  EXPECT_EQ(report.skipped, 2u);
  EXPECT_EQ(report.made, 4u);
  finish_folder(folder / "out");
  EXPECT_EQ(::unidg::testing::folder_content(folder / "out"),
            ::unidg::testing::folder_content(folder / "whole"));
}

TEST_F(Batches, AKilledRunsRemainsAreMadeAgain) {
  make(folder / "whole");
  finish_folder(folder / "whole");
  make(folder / "out");
  // The last manifest line cut short, a picture gone, a temporary file of a process that no longer lives.
  auto manifest = read_file(folder / "out/manifest.jsonl");
  manifest.resize(manifest.size() - 30);
  std::ofstream(folder / "out/manifest.jsonl", std::ios::binary) << manifest;
  const auto first = dataset::read_manifest(folder / "out").front();
  fs::remove(folder / "out" / first.abnormal);
  folder.write("out/abnormal/x.png.tmp-999999999-0", "half");
  const auto report = make(folder / "out");
  EXPECT_EQ(report.made, 2u);
  EXPECT_EQ(report.skipped, 1u);
  finish_folder(folder / "out");
  EXPECT_EQ(::unidg::testing::folder_content(folder / "out"),
            ::unidg::testing::folder_content(folder / "whole"));
}

TEST_F(Batches, AWrongFileFailsItsOwnPictureAlone) {
  save_png(folder / "scenes/001.png", Image(50, 40, PixelFormat::Gray8));  // another size than the mask
  const auto report = make(folder / "out");
  EXPECT_EQ(report.made, 2u);
  ASSERT_THAT(report.failures, SizeIs(1));
  EXPECT_THAT(report.failures[0].reason, HasSubstr("96x96"));
  EXPECT_THAT(report.failures[0].reason, HasSubstr("50x40"));
  EXPECT_THAT(log, HasSubstr("failed: "));
  folder.write("scenes/002.png", "no picture");
  EXPECT_THAT(make(folder / "out").failures, SizeIs(2));
  finish_folder(folder / "out");
  for (const auto& entry : dataset::read_manifest(folder / "out"))
    EXPECT_EQ(entry.status == "failed", entry.abnormal.empty());
}

TEST_F(Batches, OtherSettingsDoNotMixSilently) {
  make(folder / "out");
  const auto refused = [&](const std::string& words) {
    EXPECT_THAT([&] { make(folder / "out"); }, ThrowsMessage<UsageError>(HasSubstr(words)));
  };
  EXPECT_THAT([&] { make(folder / "out", "other"); }, ThrowsMessage<UsageError>(HasSubstr("model fake")));
  config.generate.paint.steps = 9;
  refused("4 steps");
  config.generate.paint.steps = 0;
  config.generate.editing.dilate_iterations = 1;
  refused("editing.dilate_iterations=2");
  config.generate.editing.dilate_iterations = 2;
  weights = "retrained";
  refused("other weights");
  weights = "hash";
  config.generate.batch = 1;  // divides the work, decides nothing
  EXPECT_EQ(make(folder / "out").skipped, 3u);
  write_reference(folder.path(), "second", 8);
  request.reference = folder / "second.png";
  refused("another reference");
}

TEST_F(Batches, OneReferenceIsDrawnForEachPictureWhateverTheShard) {
  for (int i = 0; i < 4; ++i)
    write_reference(folder / "references", text("r", i), static_cast<std::uint64_t>(i));
  request.reference.clear();
  request.references = folder / "references";
  request.count = 8;
  std::map<std::string, std::size_t> whole, parts;
  std::set<std::size_t> drawn;
  for (const auto& item : plan_batch(request).items) drawn.insert(whole[item.id] = item.reference);
  for (int i = 1; i <= 4; ++i) {
    request.shard = {i, 4};
    for (const auto& item : plan_batch(request).items) parts[item.id] = item.reference;
  }
  EXPECT_EQ(parts, whole);
  EXPECT_GT(drawn.size(), 1u);
}

TEST_F(Batches, MasksAreDrawnOnTheProductAndAreTheSameInEveryRun) {
  request.masks = "auto";
  request.count = 2;
  make(folder / "out");
  finish_folder(folder / "out");
  std::set<std::string> masks;
  for (const auto& entry : dataset::read_manifest(folder / "out")) {
    const auto mask = load_mask(folder / "out" / entry.mask);
    EXPECT_GT(mask.area(), 0);
    masks.insert(read_file(folder / "out" / entry.mask));
  }
  EXPECT_EQ(masks.size(), 6u);
  make(folder / "again");
  finish_folder(folder / "again");
  EXPECT_EQ(::unidg::testing::folder_content(folder / "again"),
            ::unidg::testing::folder_content(folder / "out"));
}

TEST_F(Batches, AutomaticMasksStayWhereTheDefectWasOnOneProduct) {
  const auto part = [](int tone) {  // one fixture, a notch at its upper right
    cv::Mat out(96, 96, CV_8UC3, cv::Scalar::all(200));
    cv::rectangle(out, cv::Rect(10, 20, 60, 30), cv::Scalar::all(tone), cv::FILLED);
    return out;
  };
  cv::Mat hurt = part(60);
  Mask notch(96, 96);
  notch.pixels()(cv::Rect(56, 22, 10, 8)) = 255;
  hurt.setTo(cv::Scalar::all(220), notch.pixels());
  save_png(folder / "reference.png", Image(hurt));
  save_png(folder / "reference_mask.png", notch);
  for (int i = 0; i < 3; ++i) save_png(folder / text("scenes/00", i, ".png"), Image(part(70 + 5 * i)));
  request.masks = "auto";
  request.count = 4;
  make(folder / "out");
  finish_folder(folder / "out");
  for (const auto& entry : dataset::read_manifest(folder / "out")) {
    const auto box = load_mask(folder / "out" / entry.mask).box();
    constexpr double kFar = 9;
    EXPECT_LT(cv::norm((box.tl() + box.br()) / 2 - cv::Point(61, 26)), kFar) << entry.id;
  }
}

TEST_F(Batches, PicturesTellHowTheyWereMadeAndNoPaths) {
  make(folder / "out");
  const auto entry = dataset::read_manifest(folder / "out").front();
  const auto texts = read_png_texts(folder / "out" / entry.abnormal);
  const auto settings = dataset::settings_of(texts, "picture");
  EXPECT_EQ(settings["id"], entry.id);
  EXPECT_EQ(settings["version"], "test");
  EXPECT_EQ(settings["input_sha256"]["reference"], sha256_hex(read_file(folder / "reference.png")));
  EXPECT_EQ(settings["input_sha256"]["mask"], sha256_hex(read_file(folder / "mask.png")));
  EXPECT_EQ(settings["config"]["paint.steps"], 4);
  for (const auto& [key, content] : texts)
    EXPECT_THAT(content, Not(HasSubstr(folder.path().string()))) << key;
}

TEST_F(Batches, JobListsSayWhatHasNoMeaning) {
  folder.write(
      "jobs.jsonl",
      "{\"source\": \"scenes/000.png\", \"mask\": \"mask.png\", \"reference\": \"reference.png\", \"n\": 2}\n"
      "{\"image_filename\": \"scenes/001.png\", \"mask_filename\": \"mask.png\", \"anomaly_type\": "
      "\"wood+scratch\", \"guidance\": 7.0, \"num_steps\": 35}\n");
  request = {};
  request.jobs = folder / "jobs.jsonl";
  request.references = folder / "types/test";
  write_reference(folder / "types/test/scratch", "000");
  const auto plan = plan_batch(request);
  EXPECT_EQ(plan.total, 3u);
  ASSERT_THAT(plan.notes, SizeIs(1));
  EXPECT_THAT(plan.notes[0], HasSubstr("guidance, num_steps"));
  EXPECT_EQ(make(folder / "out").made, 3u);
  EXPECT_THAT(log, HasSubstr("guidance, num_steps"));
}

TEST_F(Batches, ContradictionsAreRefused) {
  const auto refused = [&](auto change, const std::string& words) {
    auto wrong = request;
    change(wrong);
    EXPECT_THAT([&] { plan_batch(wrong); }, ThrowsMessage<UsageError>(HasSubstr(words)));
  };
  refused([&](BatchRequest& r) { r.references = folder.path(); }, "exclude each other");
  refused([&](BatchRequest& r) { r.reference.clear(); }, "--reference is missing");
  refused([&](BatchRequest& r) { r.scenes.clear(); }, "--scenes is missing");
  refused([&](BatchRequest& r) { r.masks.clear(); }, "--masks is missing");
  refused([&](BatchRequest& r) { r.jobs = folder / "jobs.jsonl"; }, "--manifest already says");
  refused([&](BatchRequest& r) { r.reference.clear(), r.reference_mask = folder / "mask.png"; },
          "needs --reference");
}

TEST_F(Batches, HeldOutScenesAreNotPainted) {
  request.test_good = 1;
  const auto plan = plan_batch(request);
  ASSERT_THAT(plan.test_good, SizeIs(1));
  EXPECT_THAT(plan.scenes, SizeIs(2));
  EXPECT_EQ(plan_batch(request).test_good[0].image, plan.test_good[0].image);
  for (const auto& scene : plan.scenes) EXPECT_NE(scene.image, plan.test_good[0].image);
  dataset::QuadrupletWriter writer(folder / "mvtec", {.layout = dataset::Layout::Mvtec, .shard = {}});
  write_test_good(plan, writer);
  write_test_good(plan, writer);
  const auto good = dataset::read_scenes(folder / "mvtec/test/good");
  ASSERT_THAT(good, SizeIs(1));
  EXPECT_EQ(load_image(good[0].image), load_image(plan.test_good[0].image));
  request.test_good = 3;
  EXPECT_THAT([&] { plan_batch(request); }, ThrowsMessage<UsageError>(HasSubstr("at least one is needed")));
}

TEST_F(Batches, ALibraryGivesEveryPictureAMaskOfItsKind) {
  save_png(folder / "library/1.png", square_mask(96, 12));
  save_png(folder / "library/2.png", square_mask(48, 10));
  request.masks = "from:" + (folder / "library").string();
  make(folder / "from");
  const auto entries = dataset::read_manifest(folder / "from");
  ASSERT_THAT(entries, SizeIs(3));
  EXPECT_EQ(load_mask(folder / "from" / entries[0].mask), square_mask(96, 12));
  EXPECT_EQ(load_mask(folder / "from" / entries[1].mask).area(), 400);
  EXPECT_EQ(load_mask(folder / "from" / entries[2].mask), square_mask(96, 12));
  request.masks = "like:" + (folder / "library").string();
  make(folder / "like");
  for (const auto& entry : dataset::read_manifest(folder / "like")) {
    const auto mask = load_mask(folder / "like" / entry.mask);
    EXPECT_GT(mask.area(), 50);
    EXPECT_LT(mask.area(), 900);
  }
}

TEST_F(Batches, InputsAreCheckedWithoutPainting) {
  EXPECT_THAT(check_inputs(plan_batch(request)), IsEmpty());
  folder.write("scenes/001.png", "no picture");
  save_png(folder / "scenes/002.png", Image(50, 40, PixelFormat::Gray8));
  EXPECT_THAT(check_inputs(plan_batch(request)), SizeIs(2));
  EXPECT_NO_THROW(check_first(plan_batch(request)));
  save_png(folder / "reference_mask.png", Mask(96, 96));
  EXPECT_THAT([&] { check_first(plan_batch(request)); }, ThrowsMessage<InputError>(HasSubstr("empty")));
}

}  // namespace
}  // namespace unidg::generation
