#include <gmock/gmock.h>

#include <opencv2/imgcodecs.hpp>

#include "dataset/sets/listing.h"
#include "support/folder_content.h"
#include "unidg/core/progress.h"
#include "unidg/dataset/sets/import.h"

namespace unidg::dataset::sets {
namespace {

using namespace testing_listing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using unidg::testing::folder_content;
using unidg::testing::TempFolder;

/// Two products in MVTec's layout, with faults: an abnormal picture without a mask, a mask without a picture.
void write_mvtec(const fs::path& root) {
  put(root / "bottle/train/good/000.png", photo(1));
  put(root / "bottle/train/good/001.png", photo(2));
  put(root / "bottle/test/good/000.png", photo(3));
  put(root / "bottle/test/broken_large/000.png", photo(4));
  put(root / "bottle/test/broken_large/001.png", photo(5));
  put(root / "bottle/ground_truth/broken_large/000_mask.png", numbered(0));
  put(root / "bottle/ground_truth/broken_large/007_mask.png", numbered(1));
  put(root / "cable/train/good/000.png", photo(6));
  put(root / "cable/test/bent_wire/000.png", photo(7));
  put(root / "cable/ground_truth/bent_wire/000_mask.png", numbered(2));
}

TEST(Import, WritesASetWithEverythingKnown) {
  const TempFolder from, to;
  write_mvtec(from.path());
  const auto result = import_set(from.path(), to / "set", {});
  EXPECT_EQ(result.chosen.reader->name, "mvtec-ad");
  EXPECT_GT(result.chosen.recognition.confidence, 0.9);
  EXPECT_EQ(result.read, 6u);
  EXPECT_EQ(result.added, 6u);
  EXPECT_EQ(result.notes.count("abnormal pictures without a mask are left out"), 1u);
  EXPECT_EQ(result.notes.count("masks without a picture"), 1u);

  std::map<std::string, int> seen;
  for (const auto& entry : read_set(to / "set")) {
    ++seen[entry.object + "/" + entry.type + "/" + entry.split];
    EXPECT_EQ(entry.source, "mvtec-ad");
    EXPECT_EQ(entry.licence, "CC BY-NC-SA 4.0");
    EXPECT_EQ(entry.sha256, sha256_hex(read_file(to.path() / "set" / entry.picture())));
    EXPECT_EQ(entry.picture().substr(entry.picture().find('/') + 1, 2), entry.sha256.substr(0, 2));  // shards
    EXPECT_EQ(entry.width, 32);
    if (entry.type == "broken_large") {
      EXPECT_EQ(entry.category, 5);
      EXPECT_TRUE(unidg::load_mask(to.path() / "set" / entry.mask) == numbered(0));
      EXPECT_EQ(entry.mask_area, numbered(0).area());
    }
  }
  EXPECT_EQ(seen, (std::map<std::string, int>{{"bottle/good/train", 2},
                                              {"bottle/good/test", 1},
                                              {"bottle/broken_large/test", 1},
                                              {"cable/good/train", 1},
                                              {"cable/bent_wire/test", 1}}));
  EXPECT_EQ(read_info(to / "set")["entries"], 6);
}

TEST(Import, OfASetGivesTheSameSet) {
  const TempFolder from, to;
  write_mvtec(from.path());
  import_set(from.path(), to / "a", {});
  const auto again = import_set(to / "a", to / "b", {});
  EXPECT_EQ(again.chosen.reader->name, "set");
  EXPECT_EQ(read_file(to / "a/manifest.jsonl"), read_file(to / "b/manifest.jsonl"));
}

TEST(Import, GoesOnWhereItStopped) {
  const TempFolder from, to;
  write_mvtec(from.path());
  import_set(from.path(), to / "whole", {});
  import_set(from.path(), to / "set", {});
  // As if it had been killed: only two lines reached the manifest, the third was cut short.
  const auto whole = read_file(to / "set/manifest.jsonl");
  auto cut = whole.find('\n', whole.find('\n') + 1);
  put(to / "set/manifest.jsonl", whole.substr(0, cut + 40));
  const auto result = import_set(from.path(), to / "set", {});
  EXPECT_EQ(result.known, 2u);
  EXPECT_EQ(result.added, 4u);
  EXPECT_EQ(kept(to / "set"), kept(to / "whole"));
  EXPECT_EQ(import_set(from.path(), to / "set", {}).added, 0u);
}

TEST(Import, StopsBetweenBatchesAndKeepsThem) {
  const TempFolder from, to;
  for (int i = 0; i < 150; ++i)
    put(from / ("good/" + std::to_string(i) + ".png"), photo(static_cast<std::uint64_t>(i), 8, 8));
  request_interrupt();
  EXPECT_THROW(import_set(from.path(), to / "set", {}), Interrupted);
  clear_interrupt();
  EXPECT_EQ(read_set(to / "set").size(), 64u);
  EXPECT_EQ(import_set(from.path(), to / "set", {}).added, 86u);
}

TEST(Import, NamesWhatItCannotUse) {
  const TempFolder from, to;
  write_mvtec(from.path());
  put(from / "cable/train/good/empty.png", std::string());
  put(from / "cable/train/good/words.png", std::string("no picture"));
  put(from / "cable/test/bent_wire/001.png", photo(8));
  put(from / "cable/ground_truth/bent_wire/001_mask.png", Mask(32, 24));
  put(from / "cable/test/bent_wire/002.png", photo(9));
  put(from / "cable/ground_truth/bent_wire/002_mask.png", numbered(2, 64, 24));
  const auto result = import_set(from.path(), to / "set", {});
  EXPECT_EQ(result.added, 6u);
  const auto& faults = result.notes.groups().at("files that cannot be used are left out");
  EXPECT_EQ(faults.count, 3u);
  EXPECT_THAT(faults.first, ::testing::Contains(HasSubstr("empty.png: the file is empty")));
  EXPECT_THAT(faults.first, ::testing::Contains(HasSubstr("64 x 24 but its picture 32 x 24")));
  EXPECT_EQ(result.notes.count("abnormal pictures with an empty mask are left out"), 1u);
}

TEST(Import, FitsAMaskOfTheSameProportions) {
  const TempFolder from;
  put(from / "a/train/good/0.png", photo(1));
  put(from / "a/test/hole/0.png", photo(2));
  put(from / "a/ground_truth/hole/0_mask.png", rectangle({8, 8, 16, 16}, 64, 48));
  const auto reading = read_as("mvtec-layout", from.path());
  EXPECT_TRUE(mask_of(reading.samples.front()) == rectangle({4, 4, 8, 8}));
}

TEST(Import, TakesAnyName) {
  const TempFolder from, to;
  put(from / "Schräubchen ✓/good/größe #1 (50%).png", photo(1));
  put(from / "Schräubchen ✓/Kratzer/ö.png", photo(2));
  put(from / "Schräubchen ✓/Kratzer/ö_mask.png", numbered(1));
  put(from / "Schräubchen ✓/Kratzer/<b>&\".png", photo(3));
  put(from / "Schräubchen ✓/Kratzer/<b>&\"_mask.png", numbered(2));
  const auto result = import_set(from.path(), to / "set", {});
  EXPECT_EQ(result.chosen.reader->name, "folder");
  EXPECT_EQ(result.added, 3u);
  EXPECT_THAT(result.unmapped, ::testing::Contains(::testing::Key(HasSubstr("no rule knows it"))));
}

TEST(Import, KeepsOtherSourcesOfTheSameSet) {
  const TempFolder from, to;
  put(from / "a/good/0.png", photo(1));
  put(from / "b/good/0.png", photo(2));
  import_set(from / "a", to / "set", {});
  import_set(from / "b", to / "set", {});
  EXPECT_EQ(read_set(to / "set").size(), 2u);
  EXPECT_EQ(read_info(to / "set")["imports"].size(), 2u);
}

TEST(Import, TheUserKnowsBetter) {
  const TempFolder from, to;
  put(from / "x/0.png", photo(1));
  put(from / "x/0_mask.png", numbered(1));
  ImportOptions options;
  options.object = "gear", options.type = "scratch", options.licence = "own", options.source = "plant 7";
  import_set(from.path(), to / "set", options);
  const auto entry = read_set(to / "set").front();
  EXPECT_EQ(entry.object + entry.type + entry.licence + entry.source, "gearscratchownplant 7");
  EXPECT_EQ(entry.category, 7);
}

TEST(Import, RefusesWhatIsNoSet) {
  const TempFolder from, to;
  write_mvtec(from.path());
  to.write("letters.txt", "x");
  EXPECT_THROW(import_set(from.path(), to.path(), {}), UsageError);
  EXPECT_THROW(import_set(from / "bottle/ground_truth/none", to / "set", {}), InputError);
  ImportOptions options;
  options.layout = "mvtec-da";
  EXPECT_THAT([&] { import_set(from.path(), to / "set", options); },
              ThrowsMessage<UsageError>(HasSubstr("did you mean 'mvtec-ad'")));
  fs::create_directory(to / "empty");
  EXPECT_THAT([&] { import_set(to / "empty", to / "set2", {}); },
              ThrowsMessage<InputError>(HasSubstr("nothing usable")));
}

TEST(Import, TurnedAndForeignPicturesBecomePng) {
  const TempFolder from, to;
  fs::create_directories(from / "good");
  cv::imwrite((from / "good/a.tiff").string(), photo(1).pixels());
  cv::imwrite((from / "good/b.bmp").string(), photo(2).pixels());
  import_set(from.path(), to / "set", {});
  for (const auto& entry : read_set(to / "set")) EXPECT_EQ(fs::path(entry.normal).extension(), ".png");
}

TEST(SetEntry, RefusesPathsThatLeave) {
  const auto line = [](const std::string& path) {
    return Json{{"id", "a"}, {"type", "good"}, {"normal", path}};
  };
  EXPECT_NO_THROW(set_entry_from_json(line("normal/ab/a.png"), "m:1"));
  for (const auto* path : {"../x.png", "/etc/x.png", "a/../../x.png", "a\\..\\x.png"})
    EXPECT_THAT([&] { set_entry_from_json(line(path), "m:1"); },
                ThrowsMessage<FormatError>(HasSubstr("m:1: field 'normal'")))
        << path;
}

TEST(SetEntry, KeepsFieldsOfLaterSteps) {
  const auto json =
      Json{{"id", "a"}, {"type", "good"}, {"normal", "n.png"}, {"scores", {{"consistency", 4.5}}}};
  EXPECT_EQ(to_json(set_entry_from_json(json, "m:1"))["scores"]["consistency"], 4.5);
}

}  // namespace
}  // namespace unidg::dataset::sets
