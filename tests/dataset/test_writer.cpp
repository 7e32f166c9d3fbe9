#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "dataset/pictures.h"
#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/writer.h"

namespace unidg::dataset {
namespace {

namespace fs = std::filesystem;
using namespace testing_pictures;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class Writer : public ::testing::Test {
 protected:
  unidg::testing::TempFolder temp;
  fs::path out = temp.path() / "out";
  std::set<std::string> files() const {
    std::set<std::string> all;
    for (const auto& file : fs::recursive_directory_iterator(out))
      if (file.is_regular_file()) all.insert(file.path().lexically_relative(out).generic_string());
    return all;
  }
};

TEST_F(Writer, ManifestHasExactlyItsKeysAndPathsThatExist) {
  put_pair(temp.path() / "r.png", temp.path() / "r_mask.png");
  QuadrupletWriter writer(out, {});
  Record one = record("a-1-0123456789"), two = record("b-1-0123456789", 2);
  one.reference = two.reference = Reference{temp.path() / "r.png", temp.path() / "r_mask.png", "scratch", ""};
  two.status = "weak", two.reason = "no visible change";
  writer.append(one), writer.append(two);
  const std::string content = read_file(out / "manifest.jsonl");
  const Json first = parse_json(content.substr(0, content.find('\n')), "line");
  std::vector<std::string> keys;
  for (const auto& [key, value] : first.items()) keys.push_back(key);
  EXPECT_THAT(keys,
              ::testing::ElementsAre("id", "abnormal", "normal", "mask", "mask_used", "caption", "reference",
                                     "reference_mask", "seed", "steps", "model", "status"));
  for (const char* key :
       {"abnormal", "normal", "mask", "mask_used", "caption", "reference", "reference_mask"})
    EXPECT_TRUE(fs::is_regular_file(out / first[key].get<std::string>())) << key;
  const auto entries = read_manifest(out);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].reason, "no visible change");
  EXPECT_EQ(entries[0].reference, entries[1].reference) << "a reference is kept once";
  EXPECT_EQ(files().size(), 2u * 5 + 2 + 1);
}

TEST_F(Writer, PicturesAreLosslessInEveryFormat) {
  QuadrupletWriter writer(out, {});
  std::uint64_t seed = 10;
  for (const auto format :
       {PixelFormat::Gray8, PixelFormat::Gray16, PixelFormat::Rgb8, PixelFormat::Rgba8, PixelFormat::Rgb16}) {
    const Record r = record(text("f-", name(format), "-0123456789"), ++seed, format);
    writer.append(r);
    EXPECT_TRUE(load_image(out / "normal" / (r.id + ".png")) == r.normal) << name(format);
    EXPECT_TRUE(load_image(out / "abnormal" / (r.id + ".png")) == r.abnormal) << name(format);
    EXPECT_TRUE(load_mask(out / "mask_used" / (r.id + ".png")) == r.mask_used) << name(format);
  }
}

TEST_F(Writer, RerunSkipsFinishedItemsAndOnlyThose) {
  {
    QuadrupletWriter writer(out, {});
    EXPECT_EQ(writer.finished("a-1-0123456789", 20, 16), nullptr);
    writer.append(record("a-1-0123456789")), writer.append(record("b-1-0123456789")),
        writer.append(record("c-1-0123456789")), writer.append(record("d-1-0123456789"));
    Record failed = record("e-1-0123456789");
    failed.status = "failed", failed.reason = "mask too large", failed.abnormal = {};
    writer.append(failed);
  }
  fs::remove(out / "mask_used/b-1-0123456789.png");
  save_png(out / "abnormal/c-1-0123456789.png", picture(10, 10, 1));
  write_file_atomic(out / "normal/d-1-0123456789.png", "half a fi");
  QuadrupletWriter again(out, {});
  EXPECT_NE(again.finished("a-1-0123456789", 20, 16), nullptr);
  EXPECT_EQ(again.finished("a-1-0123456789", 21, 16), nullptr) << "the source changed its size";
  for (const char* id : {"b", "c", "d", "e"})
    EXPECT_EQ(again.finished(text(id, "-1-0123456789"), 20, 16), nullptr) << id;
  again.append(record("e-1-0123456789"));
  EXPECT_EQ(read_manifest(out).size(), 5u) << "a repeated item replaces its failed entry";
}

TEST_F(Writer, ALineCutShortIsMadeAgain) {
  { QuadrupletWriter(out, {}).append(record("a-1-0123456789")); }
  const std::string line = read_file(out / "manifest.jsonl");
  write_file_atomic(out / "manifest.jsonl", line + line.substr(0, 40));
  QuadrupletWriter again(out, {});
  EXPECT_NE(again.finished("a-1-0123456789", 20, 16), nullptr);
  again.append(record("b-1-0123456789"));
  EXPECT_EQ(read_manifest(out).size(), 2u);
}

TEST_F(Writer, MvtecLayoutHasWhatItsReadersExpectAndNothingElse) {
  QuadrupletWriter writer(out, {.layout = Layout::Mvtec, .shard = {}});
  Record one = record("a-1-0123456789"), two = record("a-2-1123456789");
  two.scene = one.scene, two.normal = one.normal;
  writer.append(one), writer.append(two), writer.add_test_good("g 1", picture(20, 16, 9));
  const auto entries = read_manifest(out);
  EXPECT_EQ(entries[0].normal, entries[1].normal) << "train/good holds a source once";
  EXPECT_EQ(entries[0].abnormal, "test/scratch/a-1-0123456789.png");
  EXPECT_EQ(entries[0].mask, "ground_truth/scratch/a-1-0123456789_mask.png");
  writer.add_test_good("g 1", picture(20, 16, 9));  // again: the same file
  const auto good = pictures_below(out / "test/good");
  ASSERT_EQ(good.size(), 1u);
  EXPECT_EQ(good[0].key.rfind("g-1-", 0), 0u);
  for (const auto& file : files())
    EXPECT_TRUE(file.rfind("train/good/", 0) == 0 || file.rfind("test/", 0) == 0 ||
                file.rfind("ground_truth/scratch/", 0) == 0 || file.rfind("unidg/", 0) == 0 ||
                file == "manifest.jsonl")
        << file;
  EXPECT_NE(QuadrupletWriter(out, {.layout = Layout::Mvtec, .shard = {}}).finished("a-2-1123456789", 20, 16),
            nullptr);
  const auto other = [&] { QuadrupletWriter(out, {}); };
  EXPECT_THAT(other, ThrowsMessage<UsageError>(HasSubstr("--layout mvtec")));
  const auto references = read_references(out);
  ASSERT_EQ(references.size(), 2u);
  EXPECT_EQ(references[0].type, "scratch");
  EXPECT_EQ(references[0].object, "bottle");
}

TEST_F(Writer, RefusesForeignFoldersUnsafeIdsAndRepeats) {
  write_file_atomic(out / "holiday.txt", "x");
  const auto foreign = [&] { QuadrupletWriter(out, {}); };
  EXPECT_THAT(foreign, ThrowsMessage<UsageError>(HasSubstr("not empty")));
  write_file_atomic(temp.path() / "file", "x");
  const auto file = [&] { QuadrupletWriter(temp.path() / "file", {}); };
  EXPECT_THAT(file, ThrowsMessage<UsageError>(HasSubstr("is a file")));
  QuadrupletWriter writer(temp.path() / "fine", {});
  const auto unsafe = [&] { writer.append(record("../a")); };
  EXPECT_THAT(unsafe, ThrowsMessage<UsageError>(HasSubstr("no safe file name")));
  writer.append(record("a-1-0123456789"));
  const auto twice = [&] { writer.append(record("a-1-0123456789")); };
  EXPECT_THAT(twice, ThrowsMessage<UsageError>(HasSubstr("written twice")));
  const auto layout = [] { parse_layout("mvtek"); };
  EXPECT_THAT(layout, ThrowsMessage<UsageError>(HasSubstr("did you mean 'mvtec'")));
}

TEST_F(Writer, PicturesTellHowTheyWereMadeButNotWhere) {
  Record r = record("a-1-0123456789");
  r.settings = {{"guidance", 30.0},
                {"transformer", "/home/someone/models/fill.safetensors"},
                {"nested", {{"list", {"C:\\x\\y.png", "kept/relative"}}}}};
  QuadrupletWriter(out, {}).append(r);
  const auto texts = read_png_texts(out / "abnormal/a-1-0123456789.png");
  const Json settings = settings_of(texts, "x");
  EXPECT_EQ(settings["schema"], "unidg.picture/1");
  EXPECT_EQ(settings["seed"], 1);
  EXPECT_EQ(settings["transformer"], "fill.safetensors");
  EXPECT_EQ(settings["nested"]["list"][0], "y.png");
  EXPECT_EQ(settings["nested"]["list"][1], "kept/relative");
  std::map<std::string, std::string> by_key(texts.begin(), texts.end());
  EXPECT_EQ(by_key["parameters"],
            "Steps: 28, CFG scale: 30.0, Seed: 1, Size: 20x16, Model: embedded-v0, Version: unidg");
  EXPECT_THAT(by_key["XML:com.adobe.xmp"], HasSubstr("digitalsourcetype/trainedAlgorithmicMedia"));
  for (const auto& [key, value] : texts) EXPECT_THAT(value, ::testing::Not(HasSubstr("someone")));
  QuadrupletWriter(temp.path() / "bare", {.layout = Layout::Quadruplet, .shard = {}, .with_metadata = false})
      .append(r);
  EXPECT_TRUE(read_png_texts(temp.path() / "bare/abnormal/a-1-0123456789.png").empty());
}

TEST_F(Writer, ShardsMergeToWhatOneRunWrites) {
  std::vector<Record> records;
  for (int i = 0; i < 12; ++i)
    records.push_back(record(item_id(text("s", i), "m", 1, 5), static_cast<std::uint64_t>(i)));
  for (int shard = 1; shard <= 3; ++shard) {
    QuadrupletWriter writer(out, {.layout = Layout::Quadruplet, .shard = {shard, 3}});
    for (const auto& r : records)
      if (Shard{shard, 3}.takes(r.id)) writer.append(r);
    if (shard == 2) {
      const auto early = [&] { merge(out); };
      EXPECT_THAT(early, ThrowsMessage<InputError>(HasSubstr("shard 3 of 3 wrote no manifest")));
      const auto unmerged = [&] { read_manifest(out); };
      EXPECT_THAT(unmerged, ThrowsMessage<InputError>(HasSubstr("unidg merge")));
    }
  }
  EXPECT_EQ(merge(out), 12u);
  QuadrupletWriter single(temp.path() / "single", {});
  for (const auto& r : records) single.append(r);
  auto expected = read_manifest(temp.path() / "single");
  std::sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  EXPECT_TRUE(read_manifest(out) == expected);
  EXPECT_EQ(manifest_files(out).size(), 1u);
  EXPECT_EQ(merge(out), 12u) << "merging again changes nothing";
}

TEST_F(Writer, MergePrefersSuccessAndRefusesContradictions) {
  ManifestEntry entry{.id = "a",
                      .abnormal = "abnormal/a.png",
                      .normal = "n",
                      .mask = "m",
                      .mask_used = "u",
                      .caption = "c",
                      .reference = "",
                      .reference_mask = "",
                      .model = "x",
                      .reason = ""};
  ManifestEntry failed = entry;
  failed.status = "failed", failed.reason = "r", failed.abnormal = "";
  const auto lines = [](std::initializer_list<ManifestEntry> entries) {
    std::string all;
    for (const auto& e : entries) all += to_json(e).dump() + "\n";
    return all;
  };
  write_file_atomic(out / "manifest-1-of-2.jsonl", lines({failed}));
  write_file_atomic(out / "manifest-2-of-2.jsonl", lines({entry}));
  EXPECT_EQ(merge(out), 1u);
  EXPECT_EQ(read_manifest(out)[0].status, "ok");
  ManifestEntry other = entry;
  other.seed = 77;
  write_file_atomic(out / "manifest-1-of-1.jsonl", lines({other}));
  const auto conflict = [&] { merge(out); };
  EXPECT_THAT(conflict,
              ThrowsMessage<InputError>(AllOf(HasSubstr("item 'a'"), HasSubstr("manifest-1-of-1.jsonl"))));
}

TEST(Manifest, RefusesWhatItDoesNotKnow) {
  const Json good = to_json({.id = "a",
                             .abnormal = "x.png",
                             .normal = "",
                             .mask = "",
                             .mask_used = "",
                             .caption = "",
                             .reference = "",
                             .reference_mask = "",
                             .model = "",
                             .reason = ""});
  EXPECT_NO_THROW(entry_from_json(good, "f:1"));
  const auto with = [&](const char* field, const Json& value, const char* part) {
    Json bad = good;
    if (value.is_discarded())
      bad.erase(field);
    else
      bad[field] = value;
    const auto call = [&] { entry_from_json(bad, "f:1"); };
    EXPECT_THAT(call, ThrowsMessage<FormatError>(AllOf(HasSubstr("f:1"), HasSubstr(field), HasSubstr(part))))
        << field;
  };
  with("abnormal", "/etc/passwd", "inside the manifest's folder");
  with("mask", "../x.png", "inside the manifest's folder");
  with("seed", -1, "from 0");
  with("status", "fine", "ok, weak or failed");
  with("extra", 1, "unknown field");
  with("model", Json(Json::value_t::discarded), "is missing");
}

TEST(ItemId, IsReadableSafeAndStable) {
  EXPECT_EQ(item_id("good/000", "auto", 1, 7), item_id("good/000", "auto", 1, 7));
  EXPECT_THAT(item_id("good/000", "auto", 1, 7), ::testing::MatchesRegex("good-000-1-[0-9a-f]+"));
  std::set<std::string> ids;
  for (const char* scene : {"a", "a/b", "a-b"})
    for (const char* mask : {"m", "n"})
      for (int copy : {1, 2})
        for (std::uint64_t seed : {0, 1}) ids.insert(item_id(scene, mask, copy, seed));
  EXPECT_EQ(ids.size(), 24u);
  for (const char* nasty : {"../../etc/passwd", "sp ace\n<b>", "\xc3\xa4\xc3\xb6", "...", "CON", ""}) {
    const std::string id = item_id(nasty, "", 1, 0);
    EXPECT_EQ(id, file_safe(id, id.size())) << nasty;
    EXPECT_NE(id.front(), '.');
  }
  EXPECT_LT(item_id(std::string(500, 'x'), "m", 1, 0).size(), 100u);
}

TEST(Shards, ShareTheWorkWithoutOverlap) {
  std::vector<int> taken(4);
  for (int i = 0; i < 400; ++i) {
    int takers = 0;
    for (int s = 1; s <= 4; ++s)
      if (Shard{s, 4}.takes(text("id", i))) ++takers, ++taken[static_cast<std::size_t>(s - 1)];
    EXPECT_EQ(takers, 1);
  }
  for (const int count : taken) EXPECT_GT(count, 60);
  EXPECT_EQ(parse_shard("2/8").manifest_name(), "manifest-2-of-8.jsonl");
  for (const char* bad : {"0/2", "3/2", "1", "a/b", "1/2x", "/", "-1/2", "1/0"})
    EXPECT_THROW(parse_shard(bad), UsageError) << bad;
}

}  // namespace
}  // namespace unidg::dataset
