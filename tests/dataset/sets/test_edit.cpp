#include <gmock/gmock.h>

#include "dataset/sets/listing.h"
#include "unidg/dataset/sets/edit.h"

namespace unidg::dataset::sets {
namespace {

using namespace testing_listing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using unidg::testing::TempFolder;

/// `n` scratches and `n` good pictures; three pictures a part.
void write_parts(const fs::path& set, int n) {
  const TempFolder from;
  std::string lines;
  for (int i = 0; i < 2 * n; ++i) {
    const auto name = std::to_string(i);
    put(from / (name + ".png"), photo(static_cast<std::uint64_t>(i), 12, 12));
    Json line = {{"file_name", name + ".png"},
                 {"type", i < n ? "scratch" : "good"},
                 {"part", "p" + std::to_string(i / 3)},
                 {"source", "plant"},
                 {"licence", "own"}};
    if (i < n)
      put(from / (name + "_m.png"), rectangle({1, 1, 4, 4}, 12, 12)),
          line["mask_file_name"] = name + "_m.png";
    lines += line.dump() + "\n";
  }
  put(from / "metadata.jsonl", lines);
  import_set(from.path(), set, {});
}

std::map<std::string, std::string> split_of_parts(const fs::path& set) {
  std::map<std::string, std::string> out;
  for (const auto& entry : read_set(set)) {
    const auto [found, is_new] = out.try_emplace(entry.part, entry.split);
    EXPECT_EQ(found->second, entry.split) << entry.part;
  }
  return out;
}

TEST(Split, KeepsPartsTogetherInTheirShares) {
  const TempFolder f;
  write_parts(f / "set", 60);
  SplitOptions options;
  options.train = 0.5, options.val = 0.2, options.test = 0.3;
  const auto result = split_set(f / "set", options);
  EXPECT_EQ(result.parts, 40u);
  EXPECT_NEAR(static_cast<double>(result.counts.at("train")), 60, 6);
  EXPECT_NEAR(static_cast<double>(result.counts.at("val")), 24, 6);
  const auto first = split_of_parts(f / "set");
  split_set(f / "set", options);
  EXPECT_EQ(split_of_parts(f / "set"), first);  // the same seed
  options.seed = 1;
  split_set(f / "set", options);
  EXPECT_NE(split_of_parts(f / "set"), first);
  EXPECT_EQ(check_set(f / "set").errors, 0u);
}

TEST(Split, DoesNotDependOnTheOrder) {
  const TempFolder f;
  write_parts(f / "set", 12);
  split_set(f / "set", {});
  const auto first = split_of_parts(f / "set");
  auto entries = read_set(f / "set");
  std::reverse(entries.begin(), entries.end());
  std::string lines;
  for (const auto& entry : entries) lines += to_json(entry).dump() + "\n";
  put(f / "set/manifest.jsonl", lines);
  split_set(f / "set", {});
  EXPECT_EQ(split_of_parts(f / "set"), first);
}

TEST(Split, TiesDuplicatesAndNeverTestsOnMadePictures) {
  const TempFolder f;
  write_parts(f / "set", 30);
  const auto entries = read_set(f / "set");
  fs::copy_file(f.path() / "set" / entries[0].abnormal, f.path() / "set" / entries[20].abnormal,
                fs::copy_options::overwrite_existing);
  rewrite_set(f / "set", [&](SetEntry entry) {
    if (entry.id != entries[0].id) entry.origin = "synthesised";
    return std::optional(entry);
  });
  SplitOptions options;
  options.train = 0.3, options.val = 0, options.test = 0.7;
  const auto result = split_set(f / "set", options);
  EXPECT_EQ(result.counts.count("val"), 0u);
  EXPECT_GT(result.counts.at(""), 0u);
  std::map<std::string, SetEntry> by_id;
  for (const auto& entry : read_set(f / "set")) {
    by_id[entry.id] = entry;
    EXPECT_FALSE(entry.origin == "synthesised" && entry.split == "test");
  }
  const auto &a = by_id[entries[0].id], &b = by_id[entries[20].id];
  EXPECT_TRUE(a.split == b.split || (a.split == "test" && b.split.empty()));
}

TEST(Split, RefusesSharesThatAreNone) {
  const TempFolder f;
  write_parts(f / "set", 3);
  SplitOptions options;
  options.train = options.val = options.test = 0;
  EXPECT_THROW(split_set(f / "set", options), UsageError);
  options.test = -1, options.train = 2;
  EXPECT_THROW(split_set(f / "set", options), UsageError);
}

TEST(Dedupe, KeepsTheFirstAndSaysWhy) {
  const TempFolder f;
  write_parts(f / "set", 6);
  const auto entries = read_set(f / "set");
  fs::copy_file(f.path() / "set" / entries[1].abnormal, f.path() / "set" / entries[4].abnormal,
                fs::copy_options::overwrite_existing);
  const auto reasons = duplicates_to_drop(find_duplicates(f / "set", false));
  EXPECT_EQ(reasons.size(), 1u);
  EXPECT_EQ(drop_entries(f / "set", reasons), 1u);
  EXPECT_EQ(read_set(f / "set").size(), 11u);
  const auto dropped = parse_json(read_file(f / "set/dropped.jsonl"), "dropped.jsonl");
  EXPECT_EQ(dropped["entry"]["id"], entries[4].id);
  EXPECT_EQ(dropped["reason"], "exact duplicate of " + entries[1].id);
}

TEST(Marks, DropWhatWasMarked) {
  const TempFolder f;
  write_parts(f / "set", 3);
  const auto entries = read_set(f / "set");
  put(f / "marks.json", Json{{"format", "unidg marks"},
                             {"marks", {{entries[0].id, "drop"}, {entries[1].id, "keep"}, {"gone", "drop"}}}}
                            .dump());
  const auto result = apply_marks(f / "set", f / "marks.json", false);
  EXPECT_EQ(result.dropped, 1u);
  EXPECT_EQ(result.kept, 5u);
  EXPECT_THAT(result.unknown, ElementsAre("gone"));
  EXPECT_EQ(apply_marks(f / "set", f / "marks.json", true).dropped, 4u);  // all but the one to keep
  EXPECT_EQ(read_set(f / "set").front().id, entries[1].id);
}

TEST(Marks, RefuseAnotherFile) {
  const TempFolder f;
  write_parts(f / "set", 1);
  put(f / "a.json", std::string("{}"));
  put(f / "b.json", std::string(R"({"format":"unidg marks","marks":{"x":"maybe"}})"));
  EXPECT_THAT([&] { apply_marks(f / "set", f / "a.json", false); },
              ThrowsMessage<FormatError>(HasSubstr("holds no marks")));
  EXPECT_THAT([&] { apply_marks(f / "set", f / "b.json", false); },
              ThrowsMessage<FormatError>(HasSubstr("expected keep or drop")));
}

TEST(Browser, HoldsEveryEntryAndNoOpenTag) {
  const TempFolder f;
  write_parts(f / "set", 3);
  rewrite_set(f / "set", [](SetEntry entry) {
    entry.object = "</script><b>";
    return std::optional(entry);
  });
  const auto page = write_browser(f / "set");
  EXPECT_THAT(read_file(page), HasSubstr("data-0.js"));
  const auto data = read_file(page.parent_path() / "data-0.js");
  EXPECT_EQ(data.find("</script>"), std::string::npos);
  for (const auto& entry : read_set(f / "set")) EXPECT_THAT(data, HasSubstr(entry.id));
}

}  // namespace
}  // namespace unidg::dataset::sets
