#include "support/golden.h"
#include "support/temp_folder.h"
#include "unidg/core/files.h"
#include "unidg/dataset/scenes.h"
#include "unidg/image/foreground.h"
#include "workshop.h"

namespace unidg::testing {
namespace {

using ::testing::HasSubstr;

/// `unidg masks foreground` on drawn products.
class MasksForeground : public ::testing::Test {
 protected:
  MasksForeground() {
    for (int i = 0; i < 3; ++i)
      save_png(folder / ("good/line/" + std::to_string(i) + ".png"),
               procedural::draw("metal_plate", "scratch", 96, 80, static_cast<std::uint64_t>(i)).normal);
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }
  /// SAM 2 on random weights (tools/golden/sam2.py), as a user's folder.
  void write_sam() const {
    const auto golden = Golden::load("models/golden/sam2.safetensors");
    weights::save_safetensors(folder / "sam/model.safetensors", golden.below("weights."));
    write_file_atomic(folder / "sam/config.json", golden.json("config").dump());
  }
  TempFolder folder;
};

TEST_F(MasksForeground, ByTheBordersColoursAreReadyForPlace) {
  const auto ran =
      run_here({"masks", "foreground", "--images", path("good"), "--out", path("products"), "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(parse_json(ran.out, "stdout")["masks"], 3);
  const auto image = load_image(folder / "good/line/1.png");
  EXPECT_EQ(load_mask(folder / "products/line/1_mask.png"), foreground(image));
  EXPECT_TRUE(std::filesystem::exists(folder / "products/.preview/preview.png"));
  const auto scenes =
      dataset::pair_masks(dataset::read_scenes(folder / "good"), folder / "products");  // as place pairs them
  EXPECT_EQ(scenes[2].mask->filename(), "2_mask.png");
  EXPECT_THAT(read_file(folder / "products/foreground.jsonl"), HasSubstr(R"("scene":"line/0")"));
}

TEST_F(MasksForeground, OfSam2WithEverySegment) {
  write_sam();
  const auto ran =
      run_here({"masks", "foreground", "--images", path("good"), "--out", path("products"), "--model",
                path("sam"), "--segments", path("segments"), "--set", "points_per_side=4", "--set",
                "pred_iou_thresh=0", "--set", "stability_score_thresh=0"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  for (int i = 0; i < 3; ++i) {
    const auto name = "line/" + std::to_string(i);
    EXPECT_FALSE(load_mask(folder / ("products/" + name + "_mask.png")).is_empty());
    const auto file = folder / ("segments/" + name + "/segments.json");
    const auto json = parse_json(read_file(file), file.string());
    EXPECT_EQ(json["width"], 96);
    ASSERT_FALSE(json["segments"].empty());
    double before = 1;
    for (const auto& segment : json["segments"]) {
      const auto mask = load_mask(file.parent_path() / segment["mask"].get<std::string>());
      EXPECT_EQ(mask.area(), segment["area"].get<int>());
      EXPECT_EQ(mask.box().width, segment["bbox"][2].get<int>());
      EXPECT_LE(segment["predicted_iou"].get<double>(), before);
      before = segment["predicted_iou"].get<double>();
    }
  }
}

TEST_F(MasksForeground, SaysWhatIsWrong) {
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"masks",      "foreground", "--images",
                                   path("good"), "--out",      path("products")};
    words.insert(words.end(), more.begin(), more.end());
    return run_here(words);
  };
  auto ran = with({"--segments", path("segments")});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("--model"));
  EXPECT_EQ(with({"--model", path("good")}).exit, 3);
  EXPECT_EQ(with({"--set", "points_per_side=0"}).exit, 2);
  EXPECT_EQ(with({}).exit, 0);
  EXPECT_EQ(with({}).exit, 2) << "the folder is not empty";
}

}  // namespace
}  // namespace unidg::testing
