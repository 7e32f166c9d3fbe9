#include <gmock/gmock.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "dataset/sets/listing.h"

/// Small folders after published listings, each named above its case.
namespace unidg::dataset::sets {
namespace {

using namespace testing_listing;
using namespace std::string_literals;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using unidg::testing::TempFolder;

void put_jpeg(const fs::path& file, const Image& image) {
  fs::create_directories(file.parent_path());
  cv::Mat bgr;
  cv::cvtColor(image.rgb8(), bgr, cv::COLOR_RGB2BGR);
  cv::imwrite(file.string(), bgr, {cv::IMWRITE_JPEG_QUALITY, 95});
}
void put_jpeg(const fs::path& file, const Mask& mask) { put_jpeg(file, Image(mask.pixels())); }

/// A label picture: `value` where the mask is set.
Image labels(const Mask& mask, int value) { return Image(cv::Mat(mask.pixels() / 255 * value)); }

// data.md 1: ground_truth/<type>/NNN/000.png, several masks a picture
TEST(MvtecLoco, UnitesTheMasksOfAPicture) {
  const TempFolder f;
  put(f / "breakfast_box/train/good/000.png", photo(1));
  put(f / "breakfast_box/test/logical_anomalies/000.png", photo(2));
  put(f / "breakfast_box/ground_truth/logical_anomalies/000/000.png", rectangle({1, 1, 4, 4}));
  put(f / "breakfast_box/ground_truth/logical_anomalies/000/001.png", rectangle({20, 10, 5, 5}));
  EXPECT_EQ(recognised(f.path()), "mvtec-loco");
  const auto reading = read_as("mvtec-loco", f.path());
  EXPECT_THAT(told(reading), UnorderedElementsAre("breakfast_box/good/train 000",
                                                  "breakfast_box/logical_anomalies/test 000"));
  for (const auto& sample : reading.samples)
    if (!sample.is_normal()) {
      EXPECT_EQ(mask_of(sample).area(), 16 + 25);
    }
}

// data.md 1: test_public/{good,bad}, test_public/ground_truth/bad/*_mask.png
TEST(MvtecAd2, ReadsThePublicTest) {
  const TempFolder f;
  put(f / "vial/train/good/0.png", photo(1));
  put(f / "vial/validation/good/0.png", photo(2));
  put(f / "vial/test_public/bad/0.png", photo(3));
  put(f / "vial/test_public/ground_truth/bad/0_mask.png", numbered(1));
  EXPECT_EQ(recognised(f.path()), "mvtec-ad2");
  EXPECT_THAT(told(read_as("mvtec-ad2", f.path())),
              UnorderedElementsAre("vial/good/train 0", "vial/good/val 0", "vial/bad/test 0"));
}

// data.md 1: 01..03/train/ok, test/{ok,ko} bmp/png, ground_truth/ko/*.png
TEST(Btad, ReadsOkAndKo) {
  const TempFolder f;
  fs::create_directories(f / "01/train/ok");
  cv::imwrite((f / "01/train/ok/0000.bmp").string(), photo(1).pixels());
  put(f / "01/test/ko/0000.png", photo(2));
  put(f / "01/test/ok/0001.png", photo(3));
  put(f / "01/ground_truth/ko/0000.png", numbered(1));
  EXPECT_EQ(recognised(f.path()), "btad");
  EXPECT_THAT(told(read_as("btad", f.path())),
              UnorderedElementsAre("01/good/train 0000", "01/good/test 0001", "01/ko/test 0000"));
}

// data.md 1: 3CAD masks carry the picture's own stem; MPDD as MVTec AD
TEST(MvtecFamily, IsToldApartByItsProducts) {
  const TempFolder f;
  const std::vector<std::array<std::string, 3>> cases = {{"mpdd", "bracket_black", "000_mask.png"},
                                                         {"3cad", "ACC", "000.png"},
                                                         {"mvtec-ad", "zipper", "000_mask.png"},
                                                         {"mvtec-layout", "my_gear", "000_mask.png"}};
  for (const auto& [set, object, mask] : cases) {
    const auto root = f / set;
    put(root / object / "train/good/000.png", photo(1));
    put(root / object / "test/hole/000.png", photo(2));
    put(root / object / "ground_truth/hole" / mask, numbered(1));
    EXPECT_EQ(recognised(root), set);
    EXPECT_EQ(read_as(set, root).samples.size(), 2u) << set;
  }
}

// data.md 1: <group>/<sub>/{train,test}/<type>, ground_truth/<type>
TEST(Manta, KnowsItsGroups) {
  const TempFolder f;
  for (const auto* object : {"agriculture/maize", "mechanics/nut"}) {
    put(f / object / "train/good/0.png", photo(1));
    put(f / object / "test/crack/0.png", photo(2));
    put(f / object / "ground_truth/crack/0.png", numbered(1));
  }
  EXPECT_EQ(recognised(f.path()), "manta");
  EXPECT_THAT(told(read_as("manta", f.path())),
              UnorderedElementsAre("agriculture/maize/good/train 0", "agriculture/maize/crack/test 0",
                                   "mechanics/nut/good/train 0", "mechanics/nut/crack/test 0"));
}

// amazon-science/spot-diff README: split_csv/1cls.csv, <object>/Data/{Images,Masks}, image_anno.csv (image,
// label, mask)
TEST(Visa, ReadsItsTablesAndLabelValues) {
  const TempFolder f;
  put(f / "candle/Data/Images/Normal/0000.png", photo(1));
  put(f / "candle/Data/Images/Anomaly/000.png", photo(2));
  put(f / "candle/Data/Masks/Anomaly/000.png", labels(numbered(1), 2));
  put(f / "candle/image_anno.csv",
      "image,label,mask\ncandle/Data/Images/Anomaly/000.png,\"damaged corner of packaging,wax melded out of the candle\",candle/Data/Masks/Anomaly/000.png\n"s);
  put(f / "split_csv/1cls.csv",
      "object,split,label,image,mask\ncandle,train,normal,candle/Data/Images/Normal/0000.png,\n"
      "candle,test,anomaly,candle/Data/Images/Anomaly/000.png,candle/Data/Masks/Anomaly/000.png\n"
      "candle,test,anomaly,../../etc/passwd,candle/Data/Masks/Anomaly/000.png\n"
      "candle,test,normal,candle/Data/Images/Normal/0009.png,\n"s);
  EXPECT_EQ(recognised(f.path()), "visa");
  const auto reading = read_as("visa", f.path());
  EXPECT_THAT(told(reading),
              ElementsAre("candle/good/train 0000",
                          "candle/damaged corner of packaging+wax melded out of the candle/test 000"));
  EXPECT_TRUE(mask_of(reading.samples[1]) == numbered(1));
  EXPECT_EQ(reading.notes.count("lines that cannot be used are left out"), 1u);  // the hostile one
  EXPECT_EQ(reading.notes.count("lines whose picture is missing"), 1u);
}

// data.md 1: realiad_jsons/<CAT>.json {meta, train, test}; entry {category, anomaly_class, image_path,
// mask_path}
TEST(RealIad, ReadsItsJson) {
  const TempFolder f;
  put(f / "realiad_256/audiojack/OK/S0001/audiojack_0001_OK_C1.png", photo(1));
  put(f / "realiad_256/audiojack/NG/BX/S0002/audiojack_0002_NG_BX_C1.png", photo(2));
  put(f / "realiad_256/audiojack/NG/BX/S0002/audiojack_0002_NG_BX_C1_mask.png", numbered(1));
  put(f / "realiad_256/audiojack/NG/BX/S0002/audiojack_0002_NG_BX_C2.png", photo(3));
  put(f / "realiad_jsons/audiojack.json", R"({"meta":{"normal_class":"OK","prefix":"audiojack/"},
    "train":[{"category":"audiojack","anomaly_class":"OK","image_path":"OK/S0001/audiojack_0001_OK_C1.png","mask_path":null}],
    "test":[{"category":"audiojack","anomaly_class":"BX","image_path":"NG/BX/S0002/audiojack_0002_NG_BX_C1.png","mask_path":"NG/BX/S0002/audiojack_0002_NG_BX_C1_mask.png"},
            {"category":"audiojack","anomaly_class":"BX","image_path":"NG/BX/S0002/audiojack_0002_NG_BX_C2.png","mask_path":null}]})"s);
  EXPECT_EQ(recognised(f.path()), "real-iad");
  const auto reading = read_as("real-iad", f.path());
  EXPECT_THAT(told(reading), ElementsAre("audiojack/good/train audiojack_0001_OK_C1",
                                         "audiojack/deformation/test audiojack_0002_NG_BX_C1"));
  EXPECT_EQ(reading.samples[1].part, "real-iad/audiojack/BX/S0002");
  EXPECT_EQ(reading.notes.count("views of defective specimens without a mask are left out"), 1u);
}

// data.md 7.5: <TEXTURE>/{anomaly_image,mask,clean_image}/<type>/x.jpg, mask x_mask.jpg as JPEG
TEST(AnomalyGen, ThresholdsItsJpegMasks) {
  const TempFolder f;
  put_jpeg(f / "metal/anomaly_image/rust/a.jpg", photo(1, 64, 64));
  put_jpeg(f / "metal/mask/rust/a_mask.jpg", rectangle({8, 8, 32, 24}, 64, 64));
  put_jpeg(f / "metal/clean_image/b.jpg", photo(2, 64, 64));
  EXPECT_EQ(recognised(f.path()), "anomalygen");
  const auto reading = read_as("anomalygen", f.path());
  EXPECT_THAT(told(reading), ElementsAre("metal/rust/ a", "metal/good/ b"));
  EXPECT_TRUE(mask_of(reading.samples[0]) == rectangle({8, 8, 32, 24}, 64, 64));
}

// Kaggle severstal-steel-defect-detection: train.csv (ImageId, ClassId, EncodedPixels), train_images/, runs
// down the columns from 1
TEST(Severstal, ReadsRunsOfSeveralClasses) {
  const TempFolder f;
  for (const auto* name : {"a.jpg", "b.jpg", "c.jpg"}) put_jpeg(f / "train_images" / name, photo(1));
  put(f / "train.csv",
      "ImageId,ClassId,EncodedPixels\na.jpg,1,1 24\na.jpg,3,49 2 73 3\nb.jpg,2,9999 9\nz.jpg,4,1 1\n"s);
  EXPECT_EQ(recognised(f.path()), "severstal");
  const auto reading = read_as("severstal", f.path());
  EXPECT_THAT(told(reading), ElementsAre("steel sheet/class 1+class 3/ a", "steel sheet/good/ c"));
  const auto mask = mask_of(reading.samples[0]);
  EXPECT_EQ(mask.area(), 24 + 5);
  EXPECT_EQ(cv::countNonZero(mask.pixels().col(0)), 24);  // the whole first column
  EXPECT_EQ(mask.pixels().at<std::uint8_t>(2, 3), 255);
  EXPECT_EQ(reading.notes.count("lines or pictures that cannot be used are left out"),
            1u);  // b: leaves the picture
  EXPECT_EQ(reading.notes.count("masks without a picture"), 1u);
  EXPECT_EQ(Taxonomy::standard().category("severstal", "steel sheet", "class 1+class 3").category, 14);
}

TEST(Severstal, ReadsItsOlderTable) {  // ImageId_ClassId, EncodedPixels with empty cells
  const TempFolder f;
  put_jpeg(f / "train_images/a.jpg", photo(1));
  put(f / "train.csv", "ImageId_ClassId,EncodedPixels\na.jpg_1,\na.jpg_2,1 3\n"s);
  EXPECT_THAT(told(read_as("severstal", f.path())), ElementsAre("steel sheet/class 2/ a"));
}

// DHW-Master/NEU_Seg: images/{training,test}, annotations/{training,test}, 1 inclusion, 2 patches, 3
// scratches
TEST(NeuSeg, ReadsLabelValues) {
  const TempFolder f;
  put_jpeg(f / "images/training/000201.jpg", photo(1));
  put_jpeg(f / "images/test/000300.jpg", photo(2));
  put_jpeg(f / "images/test/000301.jpg", photo(3));
  put(f / "annotations/training/000201.png", labels(numbered(1), 1));
  auto both = labels(rectangle({0, 0, 4, 4}), 2);
  both.pixels()(cv::Rect(10, 10, 3, 3)).setTo(3);
  put(f / "annotations/test/000300.png", both);
  put(f / "annotations/test/000301.png", labels(numbered(1), 7));
  EXPECT_EQ(recognised(f.path()), "neu-seg");
  const auto reading = read_as("neu-seg", f.path());
  EXPECT_THAT(told(reading), UnorderedElementsAre("hot rolled steel/inclusion/train 000201",
                                                  "hot rolled steel/patches+scratches/test 000300"));
  for (const auto& sample : reading.samples)
    if (sample.split == "test") {
      EXPECT_EQ(mask_of(sample).area(), 16 + 9);
    }
  EXPECT_EQ(reading.notes.count("files that cannot be used are left out"), 1u);  // label 7
}

// vicos.si KolektorSDD: kosNN/PartN.jpg with PartN_label.bmp
TEST(KolektorSdd, TakesBlackMasksForGood) {
  const TempFolder f;
  put_jpeg(f / "kos01/Part0.jpg", photo(1));
  put_jpeg(f / "kos01/Part1.jpg", photo(2));
  cv::imwrite((f / "kos01/Part0_label.bmp").string(), numbered(1).pixels());
  cv::imwrite((f / "kos01/Part1_label.bmp").string(), Mask(32, 24).pixels());
  EXPECT_EQ(recognised(f.path()), "kolektor-sdd");
  const TempFolder to;
  import_set(f.path(), to / "set", {});
  std::vector<std::string> types;
  for (const auto& entry : read_set(to / "set")) {
    types.push_back(entry.type);
    EXPECT_EQ(entry.part, "kolektor-sdd/kos01");
  }
  EXPECT_THAT(types, UnorderedElementsAre("defect", "good"));
}

// vicos.si KolektorSDD2: {train,test}/NNNNN.png with NNNNN_GT.png
TEST(KolektorSdd2, ReadsBothSplits) {
  const TempFolder f;
  put(f / "train/10000.png", photo(1));
  put(f / "train/10000_GT.png", Mask(32, 24));
  put(f / "test/20001.png", photo(2));
  put(f / "test/20001_GT.png", numbered(1));
  put(f / "test/20002.png", photo(3));
  EXPECT_EQ(recognised(f.path()), "kolektor-sdd2");
  const auto reading = read_as("kolektor-sdd2", f.path());
  EXPECT_EQ(reading.samples.size(), 2u);
  EXPECT_EQ(reading.notes.count("pictures without a mask are left out"), 1u);
}

// AdaCLIP data_preprocess/dagm-pre.py: ClassN/{Train,Test}/NNNN.PNG, Label/NNNN_label.PNG
TEST(Dagm, KnowsTheDefectiveByTheirLabels) {
  const TempFolder f;
  put(f / "Class1/Train/0576.PNG", photo(1));
  put(f / "Class1/Train/0577.PNG", photo(2));
  put(f / "Class1/Train/Label/0576_label.PNG", numbered(1));
  put(f / "Class1/Test/0001.PNG", photo(3));
  EXPECT_EQ(recognised(f.path()), "dagm");
  EXPECT_THAT(
      told(read_as("dagm", f.path())),
      UnorderedElementsAre("Class1/defect/train 0576", "Class1/good/train 0577", "Class1/good/test 0001"));
}

// chaeyeon2367/dl-python-ImageDetection README after aitex.es/afid: nnnn_ddd_ff.png, ddd = defect code, ff =
// fabric
TEST(Aitex, ReadsCodesAndSeveralMasks) {
  const TempFolder f;
  put(f / "Defect_images/0012_019_02.png", photo(1));
  put(f / "Defect_images/0097_030_03.png", photo(2));
  put(f / "Mask_images/0012_019_02_mask.png", numbered(1));
  put(f / "Mask_images/0097_030_03_mask1.png", rectangle({1, 1, 3, 3}));
  put(f / "Mask_images/0097_030_03_mask2.png", rectangle({9, 9, 3, 3}));
  put(f / "NODefect_images/2306881-210020u/0001_000_05.png", photo(3));
  EXPECT_EQ(recognised(f.path()), "aitex");
  const auto reading = read_as("aitex", f.path());
  EXPECT_THAT(told(reading), ElementsAre("fabric 2/fuzzyball/ 0012_019_02", "fabric 3/nep/ 0097_030_03",
                                         "fabric 5/good/ 0001_000_05"));
  EXPECT_EQ(mask_of(reading.samples[1]).area(), 18);
}

// abin24/Magnetic-tile-defect-datasets.: MT_<Type>/Imgs/*.jpg with .png masks
TEST(MagneticTile, ReadsTypesAndFree) {
  const TempFolder f;
  put_jpeg(f / "MT_Blowhole/Imgs/exp1_num_108889.jpg", photo(1));
  put(f / "MT_Blowhole/Imgs/exp1_num_108889.png", numbered(1));
  put_jpeg(f / "MT_Free/Imgs/exp2_num_7.jpg", photo(2));
  EXPECT_EQ(recognised(f.path()), "magnetic-tile");
  const auto reading = read_as("magnetic-tile", f.path());
  EXPECT_THAT(told(reading),
              ElementsAre("magnetic tile/blowhole/ exp1_num_108889", "magnetic tile/good/ exp2_num_7"));
  EXPECT_EQ(reading.samples[0].part, "magnetic-tile/blowhole/108889");
}

// tangsanli5201/DeepPCB README: groupX/X/*_test.jpg, *_temp.jpg, groupX/X_not/*.txt "x1 y1 x2 y2 type"
TEST(DeepPcb, MasksAreTheDifferenceInsideTheBoxes) {
  const TempFolder f;
  Image board(64, 64, PixelFormat::Gray8);
  board.pixels()(cv::Rect(0, 30, 64, 8)).setTo(255);
  auto tested = board.clone();
  tested.pixels()(cv::Rect(20, 30, 6, 8)).setTo(0);   // open, inside the box
  tested.pixels()(cv::Rect(50, 5, 4, 4)).setTo(255);  // noise outside every box
  put_jpeg(f / "PCBData/group00041/00041/00041000_temp.jpg", board);
  put_jpeg(f / "PCBData/group00041/00041/00041000_test.jpg", tested);
  put(f / "PCBData/group00041/00041_not/00041000.txt",
      "16 26 32 42 1\n2,2,8,8,6\n"s);  // both spellings; a box with nothing to see
  EXPECT_EQ(recognised(f.path()), "deeppcb");
  const auto reading = read_as("deeppcb", f.path());
  ASSERT_EQ(reading.samples.size(), 1u);
  const auto& sample = reading.samples[0];
  EXPECT_EQ(sample.type, "open+pinhole");
  EXPECT_FALSE(sample.normal.is_empty());
  const auto image = load_image(sample.image.path);
  const auto open = load_part(sample.parts[0], image);
  EXPECT_NEAR(open.area(), 48, 16);
  EXPECT_EQ((open.box() & cv::Rect(16, 26, 16, 16)), open.box());
  EXPECT_EQ(load_part(sample.parts[1], image).box(), cv::Rect(2, 2, 6, 6));  // stays a box
}

TEST(DeepPcb, NamesABrokenLine) {
  const TempFolder f;
  put_jpeg(f / "group1/1/10_test.jpg", photo(1));
  put(f / "group1/1_not/10.txt", "5 5 2 9 1\n"s);
  const auto reading = read_as("deeppcb", f.path());
  EXPECT_TRUE(reading.samples.empty());
  EXPECT_EQ(reading.notes.count("files that cannot be used are left out"), 1u);
}

// Kvasir-SEG (datasets.simula.no/kvasir-seg): images/ and masks/ with the same JPEG names
TEST(Pairs, ReadKvasirWithJpegMasks) {
  const TempFolder f;
  const auto root = f / "Kvasir-SEG";
  put_jpeg(root / "images/cju0.jpg", photo(1, 64, 64));
  put_jpeg(root / "masks/cju0.jpg", rectangle({8, 8, 32, 24}, 64, 64));
  put_jpeg(root / "images/cju1.jpg", photo(2, 64, 64));
  EXPECT_EQ(recognised(root), "pairs");
  const auto reading = read_as("pairs", root);
  EXPECT_THAT(told(reading), ElementsAre("/polyp/ cju0"));
  EXPECT_EQ(mask_of(reading.samples[0]), rectangle({8, 8, 32, 24}, 64, 64));
  EXPECT_EQ(reading.notes.count("pictures without a mask are left out"), 1u);
}

// crack sets: train/images + train/masks, test/images + test/masks, black masks of uncracked pictures, 0 and
// 1 as values
TEST(Pairs, ReadCrackSetsAtMixedDepths) {
  const TempFolder f;
  const auto root = f / "crack_segmentation";
  put(root / "train/images/a/1.png", photo(1));
  put(root / "train/masks/a/1_mask.png", labels(numbered(1), 1));
  put(root / "test/images/2.png", photo(2));
  put(root / "test/masks/2.png", Mask(32, 24));
  const auto reading = read_as("pairs", root);
  EXPECT_THAT(told(reading), UnorderedElementsAre("/crack/train 1", "/crack/test 2"));
  for (const auto& sample : reading.samples)
    if (sample.split == "train") {
      EXPECT_EQ(mask_of(sample), numbered(1));
    }
  const TempFolder to;
  import_set(root, to / "set", {});
  std::vector<std::string> types;
  for (const auto& entry : read_set(to / "set")) types.push_back(entry.type);
  EXPECT_THAT(types, UnorderedElementsAre("crack", "good"));
}

TEST(GenericFolder, FindsMasksByNameAndFolder) {
  const TempFolder f;
  put(f / "good/1.png", photo(1));
  put(f / "dent/2.png", photo(2));
  put(f / "dent/2_mask.png", numbered(1));
  put(f / "dent/3.png", photo(3));
  put(f / "dent/3/a.png", rectangle({1, 1, 3, 3}));
  put(f / "dent/3/b.png", rectangle({9, 9, 3, 3}));
  put(f / "dent/4.png", photo(4));
  put(f / "dent/9_mask.png", numbered(1));
  EXPECT_EQ(recognised(f.path()), "folder");
  const auto reading = read_as("folder", f.path());
  EXPECT_THAT(told(reading), UnorderedElementsAre("/good/ 1", "/dent/ 2", "/dent/ 3"));
  EXPECT_EQ(reading.notes.count("neither a mask nor a folder that says good: left out"), 1u);
  EXPECT_EQ(reading.notes.count("masks without a picture"), 1u);
}

// ../shared/data, where it is: the corpus and the evaluation sets
TEST(RealData, IsRecognisedAndReadWhole) {
  const fs::path data = fs::path(UNIDG_SOURCE_DIR) / "../shared/data";
  if (!fs::is_directory(data / "train")) GTEST_SKIP() << "no ../shared/data";
  EXPECT_EQ(recognised(data / "train"), "corpus");
  const auto corpus = read_as("corpus", data / "train");
  EXPECT_EQ(corpus.samples.size(), 6370u);
  EXPECT_TRUE(corpus.notes.groups().empty());
  for (const auto& sample : corpus.samples)
    EXPECT_TRUE(Taxonomy::standard().category(sample.source, sample.object, sample.type).category)
        << sample.source << "/" << sample.type;
  const auto eval = read_as("mvtec-layout", data / "eval");
  std::map<std::string, int> abnormal;
  for (const auto& sample : eval.samples) abnormal[sample.object] += !sample.is_normal();
  EXPECT_EQ(abnormal, (std::map<std::string, int>{
                          {"bottle", 63}, {"magnetic_tile", 388}, {"pill", 141}, {"transistor", 40}}));
  EXPECT_EQ(read_as("pairs", data / "train/kvasir_seg").samples.size(), 500u);
}

}  // namespace
}  // namespace unidg::dataset::sets
