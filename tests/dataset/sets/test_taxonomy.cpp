#include <gmock/gmock.h>

#include "unidg/dataset/sets/taxonomy.h"

namespace unidg::dataset::sets {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

int number(const std::string& type, const std::string& object = "", const std::string& source = "") {
  return Taxonomy::standard().category(source, object, type).category.value_or(-1);
}

TEST(Taxonomy, HasTheCategoriesOfThePaperInItsOrder) {  // App. A.2
  const auto& taxonomy = Taxonomy::standard();
  EXPECT_EQ(taxonomy.categories().size(), 28u);
  EXPECT_EQ(taxonomy.name(1), "missing");
  EXPECT_EQ(taxonomy.name(14), "unknown");
  EXPECT_EQ(taxonomy.name(28), "bright line");
  EXPECT_EQ(taxonomy.name(0), "normal");
}

TEST(Taxonomy, RulesFindWholeWordsInAnySpelling) {
  EXPECT_EQ(number("good"), 0);
  EXPECT_EQ(number("scratch"), 7);
  EXPECT_EQ(number("Scratch_Neck"), 7);
  EXPECT_EQ(number("bent-lead"), 3);
  EXPECT_EQ(number("crack"), 8);      // no category of its own (data.md 3): the nearest
  EXPECT_EQ(number("scratchy"), -1);  // no whole word
}

TEST(Taxonomy, TheLongestPhraseDecides) {
  EXPECT_EQ(number("contamination"), 6);
  EXPECT_EQ(number("metal_contamination"), 11);
  EXPECT_EQ(number("brown_spot"), 16);
}

TEST(Taxonomy, OverridesComeFirst) {
  EXPECT_EQ(number("rust"), 25);
  EXPECT_EQ(number("rust", "coffee_leaf"), 4);
  EXPECT_EQ(number("thread", "carpet"), 11);
  EXPECT_EQ(number("thread_side", "screw"), 5);
}

TEST(Taxonomy, NeverGuesses) {
  const auto unknown = Taxonomy::standard().category("s", "o", "cable_swap");
  EXPECT_FALSE(unknown.category);
  EXPECT_THAT(unknown.why, HasSubstr("no rule knows it"));
  const auto clash = Taxonomy::standard().category("s", "o", "rust_stain");
  EXPECT_FALSE(clash.category);
  EXPECT_THAT(clash.why, HasSubstr("contradict"));
}

TEST(Taxonomy, SeveralTypesAreCombinedUnlessTheyAgree) {
  EXPECT_EQ(number("scratch+hole"), 2);
  EXPECT_EQ(number("scratch+scratches"), 7);
  EXPECT_EQ(number("scratch+cable_swap"), -1);
}

TEST(Taxonomy, RefusesABrokenMap) {
  auto json = Json::parse(R"({"version":"x","categories":[],"rules":[],"overrides":[]})");
  EXPECT_THAT([&] { Taxonomy::from_json(json, "map.json"); },
              ThrowsMessage<FormatError>(HasSubstr("map.json: 0 categories, expected the paper's 28")));
  for (int i = 0; i < 28; ++i) json["categories"].push_back("c" + std::to_string(i));
  json["rules"] = Json::parse(R"([{"category":"c1","words":["dent"]},{"category":"c2","words":["Dent"]}])");
  EXPECT_THAT([&] { Taxonomy::from_json(json, "map.json"); },
              ThrowsMessage<FormatError>(HasSubstr("'dent' is empty or stands in two categories")));
  json["rules"] = Json::parse(R"([{"category":"c99","words":["dent"]}])");
  EXPECT_THROW(Taxonomy::from_json(json, "map.json"), FormatError);
}

}  // namespace
}  // namespace unidg::dataset::sets
