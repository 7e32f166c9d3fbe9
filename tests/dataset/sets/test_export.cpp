#include <gmock/gmock.h>

#include <opencv2/imgcodecs.hpp>

#include "dataset/sets/listing.h"
#include "support/folder_content.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/sets/export.h"
#include "unidg/dataset/sets/run_lengths.h"

namespace unidg::dataset::sets {
namespace {

using namespace testing_listing;
using ::testing::HasSubstr;
using unidg::testing::folder_content;
using unidg::testing::TempFolder;

/// Region with a hole, diagonal neighbours and a lone pixel: what outlines get wrong first.
Mask awkward() {
  auto out = rectangle({3, 3, 12, 10});
  out.pixels()(cv::Rect(6, 6, 3, 3)).setTo(0);
  out.pixels()(cv::Rect(8, 9, 2, 2)).setTo(0);
  out.pixels().at<std::uint8_t>(2, 2) = 255;
  out.pixels().at<std::uint8_t>(20, 30) = 255;
  return out;
}

std::string coco_of(const Mask& mask) { return coco_string(run_lengths(mask).counts); }

/// Two objects, three types, good pictures, one picture with two types; all splits.
void write_own_set(const fs::path& set, bool has_joined) {
  const TempFolder from;
  std::string lines;
  int number = 0;
  const auto add = [&](const std::string& object, const std::string& type, const std::string& split,
                       const Mask& mask) {
    const auto name = std::to_string(number);
    put(from / (name + ".png"), photo(static_cast<std::uint64_t>(++number)));
    Json line = {{"file_name", name + ".png"}, {"object", object},  {"type", type},      {"split", split},
                 {"licence", "own"},           {"source", "plant"}, {"part", "p" + name}};
    if (mask.width() > 0) {
      put(from / (name + "_m.png"), mask);
      line["mask_file_name"] = name + "_m.png";
    }
    lines += line.dump() + "\n";
  };
  add("gear", "good", "train", {}), add("gear", "good", "test", {});
  add("gear", "scratch", "train", numbered(1)), add("gear", "scratch", "val", numbered(2)),
      add("gear", "dent", "test", awkward());
  add("schräubchen", "fold mark", "test", numbered(3));
  put(from / "metadata.jsonl", lines);
  import_set(from.path(), set, {});
  if (!has_joined) return;
  rewrite_set(set, [](SetEntry entry) {
    if (entry.type == "dent")
      entry.type = "dent+scratch", entry.parts = {{"dent", coco_of(rectangle({3, 3, 12, 10}))},
                                                  {"scratch", coco_of(rectangle({20, 15, 5, 5}))}};
    return std::optional(entry);
  });
}

struct Case {
  std::string format, layout;
  bool keeps_object = true, keeps_split = true;
};

class RoundTrip : public ::testing::TestWithParam<Case> {};

TEST_P(RoundTrip, GivesThePicturesMasksAndWordsAgain) {
  const auto& [format, layout, keeps_object, keeps_split] = GetParam();
  const TempFolder f;
  write_own_set(f / "set", false);
  const auto result = export_set(f / "set", f / "out", export_format_named(format));
  EXPECT_EQ(result.written, 6u);
  EXPECT_FALSE(fs::exists(f / "out/export.part"));
  EXPECT_EQ(recognised(f / "out"), layout);
  import_set(f / "out", f / "again", {});
  auto wanted = kept(f / "set"), found = kept(f / "again");
  for (auto* all : {&wanted, &found})
    for (auto& [hash, one] : *all) {
      if (!keeps_object) one.object.clear();
      if (!keeps_split) one.split.clear();
    }
  EXPECT_EQ(found, wanted);
}

INSTANTIATE_TEST_SUITE_P(Formats, RoundTrip,
                         ::testing::Values(Case{"coco", "coco"}, Case{"yolo-seg", "yolo-seg", false},
                                           Case{"voc", "voc", false}, Case{"cvat-mask", "cvat-mask", false},
                                           Case{"imagefolder", "imagefolder"},
                                           Case{"webdataset", "webdataset"},
                                           Case{"mvtec", "mvtec-layout", true, false}),
                         [](const auto& info) {
                           auto name = info.param.format;
                           std::erase(name, '-');
                           return name;
                         });

TEST(Export, KeepsSeveralTypesWhereTheFormatCan) {
  for (const std::string format : {"coco", "yolo-seg", "voc", "cvat-mask"}) {
    const TempFolder f;
    write_own_set(f / "set", true);
    export_set(f / "set", f / "out", export_format_named(format));
    import_set(f / "out", f / "again", {});
    std::map<std::string, int> areas;
    for (const auto& entry : read_set(f / "again"))
      for (const auto& part : to_sample(entry, f / "again").parts)
        if (entry.type == "dent+scratch") areas[part.type] += load_part(part, photo(1)).area();
    EXPECT_EQ(areas, (std::map<std::string, int>{{"dent", 120}, {"scratch", 25}})) << format;
  }
}

TEST(Export, CocoWithRunLengthsIsTheSame) {
  const TempFolder f;
  write_own_set(f / "set", false);
  ExportOptions options;
  options.polygons = false;
  export_set(f / "set", f / "out", export_format_named("coco"), options);
  import_set(f / "out", f / "again", {});
  EXPECT_EQ(kept(f / "again"), kept(f / "set"));
}

TEST(Export, AnomalibPairsBySortedOrder) {  // anomalib's Folder: sorted lists must agree
  const TempFolder f;
  write_own_set(f / "set", false);
  export_set(f / "set", f / "out", export_format_named("anomalib"));
  std::vector<std::string> pictures, masks;
  const Tree tree(f / "out");
  tree.each_picture("abnormal", [&](const std::string& path) {
    pictures.push_back(parent(path).substr(8) + "/" + stem(path));
  });
  tree.each_picture(
      "mask", [&](const std::string& path) { masks.push_back(parent(path).substr(4) + "/" + stem(path)); });
  EXPECT_EQ(pictures.size(), 4u);
  EXPECT_EQ(pictures, masks);
  EXPECT_EQ(tree.list("normal").files.size(), 2u);
}

TEST(Export, MvtecHoldsPngAlone) {  // anomalib 2.7 MVTecAD looks for .png only
  const TempFolder f;
  fs::create_directories(f / "photos/good");
  cv::imwrite((f / "photos/good/a.jpg").string(), photo(1).pixels());
  import_set(f / "photos", f / "set", {});
  export_set(f / "set", f / "out", export_format_named("mvtec"));
  std::vector<std::string> pictures;
  Tree(f / "out").each_picture("", [&](const std::string& path) { pictures.push_back(path); });
  ASSERT_EQ(pictures.size(), 1u);
  EXPECT_EQ(fs::path(pictures[0]).extension(), ".png");
  EXPECT_EQ(load_image(f.path() / "out" / pictures[0]), load_image(f / "photos/good/a.jpg"));
}

TEST(Export, WebdatasetShardsAreTheSameBytes) {
  const TempFolder f;
  write_own_set(f / "set", false);
  ExportOptions options;
  options.shard_bytes = 4000;
  export_set(f / "set", f / "a", export_format_named("webdataset"), options);
  export_set(f / "set", f / "b", export_format_named("webdataset"), options);
  EXPECT_EQ(folder_content(f / "a"), folder_content(f / "b"));
  EXPECT_TRUE(fs::exists(f / "a/train-000000.tar"));
  import_set(f / "a", f / "again", {});
  EXPECT_EQ(kept(f / "again"), kept(f / "set"));
}

TEST(Export, RefusesAFolderWithOtherThings) {
  const TempFolder f;
  write_own_set(f / "set", false);
  f.write("out/letters.txt", "x");
  EXPECT_THROW(export_set(f / "set", f / "out", export_format_named("coco")), UsageError);
  EXPECT_THROW(export_format_named("cocoo"), UsageError);
}

TEST(Export, BeginsAgainWhereItWasStopped) {
  const TempFolder f;
  write_own_set(f / "set", false);
  request_interrupt();
  EXPECT_THROW(export_set(f / "set", f / "out", export_format_named("coco")), Interrupted);
  clear_interrupt();
  EXPECT_TRUE(fs::exists(f / "out/export.part"));
  EXPECT_EQ(export_set(f / "set", f / "out", export_format_named("coco")).written, 6u);
}

TEST(FolderName, CannotLeaveOrPassForGood) {
  EXPECT_EQ(folder_name("../x"), "_._x");
  EXPECT_EQ(folder_name("good"), "good_like");
  EXPECT_EQ(folder_name(""), "defect");
  EXPECT_EQ(folder_name("a/b\\c\n"), "a_b_c_");
}

}  // namespace
}  // namespace unidg::dataset::sets
