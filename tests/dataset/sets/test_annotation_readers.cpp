#include <gmock/gmock.h>

#include "dataset/sets/listing.h"
#include "unidg/dataset/sets/readers/label_colours.h"
#include "unidg/dataset/sets/run_lengths.h"
#include "unidg/dataset/sets/tar.h"

namespace unidg::dataset::sets {
namespace {

using namespace testing_listing;
using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using unidg::testing::TempFolder;

// cocodataset.org "format-data": polygons, RLE with counts as list (crowd) and as string, [height, width]
TEST(Coco, ReadsPolygonsAndBothRunLengths) {
  const TempFolder f;
  for (const auto* name : {"a.png", "b.png", "c.png", "d.png"}) put(f / "images" / name, photo(1));
  const auto runs = run_lengths(numbered(1));
  Json counts = runs.counts;
  const Json json = {
      {"images",
       {{{"id", 1}, {"file_name", "a.png"}, {"width", 32}, {"height", 24}},
        {{"id", 2}, {"file_name", "b.png"}},
        {{"id", 3}, {"file_name", "c.png"}},
        {{"id", 5}, {"file_name", "d.png"}},
        {{"id", 6}, {"file_name", "../../x.png"}}}},
      {"annotations",
       {{{"id", 1},
         {"image_id", 1},
         {"category_id", 7},
         {"segmentation", {{2, 1, 7, 1, 7, 4, 2, 4}, {10, 10, 12, 10, 12, 12, 10, 12}}}},
        {{"id", 2},
         {"image_id", 2},
         {"category_id", 7},
         {"segmentation", {{"size", {24, 32}}, {"counts", counts}}},
         {"iscrowd", 1}},
        {{"id", 3},
         {"image_id", 2},
         {"category_id", 9},
         {"segmentation",
          {{"size", {24, 32}}, {"counts", coco_string(run_lengths(rectangle({20, 3, 2, 2})).counts)}}}},
        {{"id", 4}, {"image_id", 5}, {"category_id", 9}, {"segmentation", {{1, 2, 3}}}},
        {{"id", 5}, {"image_id", 99}, {"category_id", 9}, {"bbox", {1, 2, 3, 4}}}}},
      {"categories", {{{"id", 7}, {"name", "scratch"}}, {{"id", 9}, {"name", "dent"}}}}};
  put(f / "annotations/instances_val.json", json.dump());
  EXPECT_EQ(recognised(f.path()), "coco");
  const auto reading = read_as("coco", f.path());
  EXPECT_THAT(told(reading), ElementsAre("/scratch/val a", "/scratch+dent/val b", "/good/val c"));
  EXPECT_EQ(mask_of(reading.samples[0]).area(), 15 + 4);
  EXPECT_EQ(load_part(reading.samples[1].parts[0], photo(1)), numbered(1));
  EXPECT_EQ(load_part(reading.samples[1].parts[1], photo(1)), rectangle({20, 3, 2, 2}));
  EXPECT_EQ(reading.notes.count("entries that cannot be used are left out"),
            2u);  // d: half a polygon; the hostile name
  EXPECT_EQ(reading.notes.count("annotations of a picture that is not listed"), 1u);
}

TEST(Coco, NamesAFieldOfAnotherType) {
  const TempFolder f, to;
  put(f / "a.png", photo(1));
  put(f / "coco.json", R"({"images":[{"id":1,"file_name":7}],"annotations":[],"categories":[]})"s);
  EXPECT_THROW(import_set(f.path(), to / "set", {}), FormatError);
}

// docs.ultralytics.com/datasets/segment: data.yaml, "<class> x1 y1 ... xn yn", normalised
TEST(Yolo, ReadsPolygonsAndNames) {
  const TempFolder f;
  put(f / "data.yaml",
      "# set\npath: ../datasets/own\ntrain: images/train\nval: images/val  # same\nnames:\n  0: scratch\n  1: \"dent: deep\"\n"s);
  put(f / "images/train/a.png", photo(1));
  put(f / "images/val/b.png", photo(2));
  put(f / "images/val/c.png", photo(3));
  put(f / "images/val/d.png", photo(4));
  put(f / "labels/train/a.txt",
      "0 0.0625 0.0417 0.21875 0.0417 0.21875 0.1667 0.0625 0.1667\n1 0.5 0.5 0.75 0.5 0.75 0.75\n"s);
  put(f / "labels/val/b.txt", ""s);
  put(f / "labels/val/d.txt", "0 0.5 1.7 0.75 0.5 0.75 0.75\n"s);
  EXPECT_EQ(recognised(f.path()), "yolo-seg");
  const auto reading = read_as("yolo-seg", f.path());
  EXPECT_THAT(told(reading),
              UnorderedElementsAre("/scratch+dent: deep/train a", "/good/val b", "/good/val c"));
  EXPECT_EQ(load_part(reading.samples[0].parts[0], photo(1)).box(), cv::Rect(2, 1, 5, 3));
  EXPECT_EQ(reading.notes.count("files that cannot be used are left out"), 1u);
}

TEST(Yolo, ReadsNamesAsLists) {
  const TempFolder f;
  for (const auto* yaml :
       {"train: images\nnames: ['scratch', dent]\n", "train: images\nnames:\n- scratch\n- dent\n"}) {
    put(f / "data.yaml", std::string(yaml));
    put(f / "images/a.png", photo(1));
    put(f / "labels/a.txt", "1 0 0 1 0 1 1 0 1\n"s);
    EXPECT_THAT(told(read_as("yolo-seg", f.path())), ElementsAre("/dent/train a"));
  }
}

Image coloured(const Mask& mask, std::uint32_t colour) {
  Image out(mask.width(), mask.height(), PixelFormat::Rgb8);
  out.pixels().setTo(cv::Scalar(colour >> 16 & 255, colour >> 8 & 255, colour & 255), mask.pixels());
  return out;
}

TEST(VocColours, AreThePublishedOnes) {  // VOCdevkit: 1 aeroplane maroon ... 255 the border
  EXPECT_EQ(voc_colour(1), 0x800000u);
  EXPECT_EQ(voc_colour(2), 0x008000u);
  EXPECT_EQ(voc_colour(4), 0x000080u);
  EXPECT_EQ(voc_colour(15), 0xC08080u);
  EXPECT_EQ(voc_colour(20), 0x004080u);
  EXPECT_EQ(voc_colour(255), 0xE0E0C0u);
}

// wkentaro/labelme labelme2voc: JPEGImages, SegmentationClass(PNG), class_names.txt with _background_
TEST(Voc, ReadsColoursAndLeavesTheBorder) {
  const TempFolder f;
  put(f / "JPEGImages/a.png", photo(1));
  auto labels = coloured(numbered(1), voc_colour(2));
  labels.pixels().row(0).setTo(cv::Scalar(0xE0, 0xE0, 0xC0));
  put(f / "SegmentationClass/a.png", labels);
  put(f / "class_names.txt", "__ignore__\n_background_\nscratch\ndent\n"s);
  put(f / "ImageSets/Segmentation/val.txt", "a\n"s);
  EXPECT_EQ(recognised(f.path()), "voc");
  const auto reading = read_as("voc", f.path());
  EXPECT_THAT(told(reading), ElementsAre("/dent/val a"));
  EXPECT_EQ(mask_of(reading.samples[0]), numbered(1));
}

// docs.cvat.ai format-smask: labelmap.txt "name:r,g,b::", SegmentationClass/
TEST(CvatMask, ReadsItsLabelmap) {
  const TempFolder f;
  put(f / "JPEGImages/a.png", photo(1));
  put(f / "JPEGImages/b.png", photo(2));
  put(f / "SegmentationClass/a.png", coloured(numbered(1), 0x0A0A80));
  put(f / "SegmentationClass/b.png", coloured(numbered(1), 0x010203));
  put(f / "labelmap.txt", "# label:color_rgb:parts:actions\nbackground:0,0,0::\nscratch:10,10,128::\n"s);
  EXPECT_EQ(recognised(f.path()), "cvat-mask");
  const auto reading = read_as("cvat-mask", f.path());
  EXPECT_THAT(told(reading), ElementsAre("/scratch/ a"));
  EXPECT_EQ(reading.notes.count("files that cannot be used are left out"), 1u);  // a colour that no label has
}

// docs.cvat.ai/docs/other/xml_format: <image><mask rle left top width height>, <polygon points>, <box>; the
// rle row by row
TEST(CvatXml, ReadsMasksPolygonsAndBoxes) {
  const TempFolder f;
  for (const auto* name : {"a & b.png", "c.png", "e.png"}) put(f / "images" / name, photo(1));
  put(f / "annotations.xml", R"(<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><!-- <image name="no.png"/> --><meta><task><name>t</name></task></meta>
<image id="0" name="a &amp; b.png" width="32" height="24" subset="Train">
  <mask label="scratch" source="manual" occluded="0" rle="0, 2, 1, 1, 2" left="4" top="5" width="3" height="2" z_order="0"></mask>
  <polygon label="dent" points="10.00,10.00;12.00,10.00;12.00,12.00;10.00,12.00" z_order="0"><attribute name="x">1</attribute></polygon>
  <polyline label="dent" points="1,1;2,2"/>
</image>
<image id="1" name="c.png" width="32" height="24"/>
<image id="2" name="e.png" width="32" height="24"><mask label="scratch" rle="9" left="30" top="5" width="3" height="3"/></image>
<image id="3" name="../secret.png" width="32" height="24"><box label="dent" xtl="1" ytl="2" xbr="3" ybr="4"/></image>
</annotations>)"s);
  EXPECT_EQ(recognised(f.path()), "cvat-xml");
  const auto reading = read_as("cvat-xml", f.path());
  EXPECT_THAT(told(reading), ElementsAre("/scratch+dent/train a & b", "/good/ c"));
  EXPECT_EQ(load_part(reading.samples[0].parts[0], photo(1)).box(), cv::Rect(4, 5, 2, 2));
  EXPECT_EQ(load_part(reading.samples[0].parts[1], photo(1)).box(), cv::Rect(10, 10, 2, 2));
  EXPECT_EQ(reading.notes.count("entries that cannot be used are left out"), 2u);
  EXPECT_EQ(reading.notes.count("shapes without a region are passed over"), 1u);
}

// huggingface.co/docs/datasets/image_dataset: metadata.jsonl or metadata.csv with file_name, *_file_name
// loaded as pictures
TEST(Imagefolder, ReadsBothTables) {
  const TempFolder f;
  put(f / "train/1.png", photo(1));
  put(f / "train/1_m.png", numbered(1));
  put(f / "train/2.png", photo(2));
  put(f / "train/metadata.jsonl",
      R"({"file_name":"1.png","mask_file_name":"1_m.png","type":"dent","object":"gear"}
{"file_name":"2.png","mask_file_name":null,"type":"good"}
{"file_name":"../../etc/passwd"}
{"file_name":"2.png","type":"dent"}
broken
)"s);
  put(f / "test/3.png", photo(3));
  put(f / "test/metadata.csv", "file_name,label,object\n3.png,good,\"gear, small\"\n"s);
  EXPECT_EQ(recognised(f.path()), "imagefolder");
  const auto reading = read_as("imagefolder", f.path());
  EXPECT_THAT(told(reading),
              UnorderedElementsAre("gear/dent/train 1", "/good/train 2", "gear, small/good/test 3"));
  EXPECT_EQ(reading.notes.count("lines that cannot be used are left out"), 2u);
  EXPECT_EQ(reading.notes.count("abnormal pictures without a mask are left out"), 1u);
}

TEST(Tar, IsReadByTarAndComesBack) {
  const TempFolder f;
  const std::string long_name = std::string(150, 'x') + "/ä.txt";
  TarWriter tar(f / "a.tar");
  tar.add("one.txt", "1");
  tar.add(long_name, std::string(1000, 'y'));
  tar.add("empty", "");
  tar.close();
  std::vector<std::string> names;
  each_member(f / "a.tar", [&](const TarMember& member) { names.push_back(member.name); });
  EXPECT_THAT(names, ElementsAre("one.txt", long_name, "empty"));
  EXPECT_EQ(fs::file_size(f / "a.tar") % 512, 0u);
  if (std::system("tar --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "no tar here";
  ASSERT_EQ(std::system(("cd " + f.path().string() + " && tar tf a.tar > list && tar xf a.tar").c_str()), 0);
  EXPECT_THAT(read_file(f / "list"), HasSubstr("one.txt\n"));
  EXPECT_EQ(read_file(f / long_name), std::string(1000, 'y'));
}

TEST(Tar, RefusesDamage) {
  const TempFolder f;
  TarWriter tar(f / "a.tar");
  tar.add("one.txt", std::string(3000, 'y'));
  tar.close();
  const auto whole = read_file(f / "a.tar");
  const auto fails = [&](const std::string& bytes) {
    put(f / "b.tar", bytes);
    EXPECT_THROW(each_member(f / "b.tar", [](const TarMember&) {}), FormatError);
  };
  fails(whole.substr(0, 2000));
  fails("x" + whole.substr(1));
  fails("short");
  auto huge = whole;
  huge.replace(124, 12, "\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"s);
  fails(huge);
}

// webdataset README: members of one sample share the name up to the first dot
TEST(Webdataset, ReadsGroupsOfMembers) {
  const TempFolder f;
  TarWriter tar(f / "train-000000.tar");
  tar.add("a/k1.png", encode_png(photo(1)));
  tar.add("a/k1.mask.png", encode_png(numbered(1)));
  tar.add("a/k1.json", R"({"type":"dent","object":"gear","split":"train"})");
  tar.add("a/k2.png", encode_png(photo(2)));
  tar.add("k3.json", "{}");
  tar.add("../../k4.png", encode_png(photo(3)));  // only a name: nothing is extracted
  tar.close();
  EXPECT_EQ(recognised(f.path()), "webdataset");
  const auto reading = read_as("webdataset", f.path());
  EXPECT_THAT(told(reading), ElementsAre("gear/dent/train k1", "/good/ k2", "/good/ k4"));
  EXPECT_EQ(mask_of(reading.samples[0]), numbered(1));
  EXPECT_EQ(reading.notes.count("members that cannot be used are left out"), 1u);
  const TempFolder to;
  EXPECT_EQ(import_set(f.path(), to / "set", {}).added, 3u);
}

}  // namespace
}  // namespace unidg::dataset::sets
