#include <gmock/gmock.h>

#include "small_bench.h"

namespace unidg::dataset::mmad {
namespace {

using namespace testing_bench;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;
using ::testing::UnorderedElementsAre;
using unidg::testing::TempFolder;

/// A question set, a set, and what is chosen from it.
struct Bench {
  TempFolder folder;
  sets::Notes notes;
  std::vector<Picture> pictures;
  std::unique_ptr<LeakGuard> guard;
  std::unique_ptr<Chooser> chooser;

  explicit Bench(const std::vector<Quadruplet>& quadruplets, const ChoiceOptions& options = {}) {
    pictures = read_questions(write_questions(folder / "mmad"), notes);
    guard = std::make_unique<LeakGuard>(pictures, folder / "mmad", 1, notes);
    chooser = std::make_unique<Chooser>(write_set(folder / "set", quadruplets), pictures, *guard, options);
  }
  std::vector<std::string> ids(std::size_t picture) {
    std::vector<std::string> out;
    for (const auto* entry : chooser->choose(pictures[picture])) out.push_back(entry->id);
    return out;
  }
};

ChoiceOptions of(int count) {
  ChoiceOptions out;
  out.count = count;
  return out;
}

// Bottle: broken_large is breakage (5), contamination dirt (6) or foreign matter, whatever our map says.
std::vector<int> bottle_categories() {
  const auto& map = sets::Taxonomy::standard();
  return {*map.category("", "bottle", "broken_large").category,
          *map.category("", "bottle", "contamination").category};
}

TEST(Chooser, PrefersTheObjectThenTheCategoryThenTheDomain) {
  const int broken = bottle_categories()[0];
  auto far = quadruplet("far", "lung", "broken", broken, 4);
  far.domain = "medical";
  Bench bench(
      {quadruplet("domain", "gear", "rust", 25, 1), far, quadruplet("category", "cup", "broken", broken, 2),
       quadruplet("object", "Bottle", "rust", 25, 3), quadruplet("both", "bottle", "broken", broken, 5)},
      of(5));
  EXPECT_THAT(bench.ids(0), ElementsAre("both", "object", "category", "far", "domain"));
}

TEST(Chooser, WantedCategoriesAreThoseOfTheObjectUnlessAskedOtherwise) {
  const auto known = bottle_categories();
  const std::vector<Quadruplet> set = {quadruplet("a", "cup", "x", 1, 1)};
  Bench by_object(set);
  const std::set<int> all(known.begin(), known.end());
  for (const std::size_t picture : {0u, 1u, 2u})
    EXPECT_EQ(by_object.chooser->wanted(by_object.pictures[picture]), all);
  ChoiceOptions options;
  options.match = ChoiceOptions::Match::Category;
  Bench by_category(set, options);
  EXPECT_EQ(by_category.chooser->wanted(by_category.pictures[0]), std::set<int>{known[0]});
  EXPECT_EQ(by_category.chooser->wanted(by_category.pictures[2]), all);  // a good picture has none of its own
}

TEST(Chooser, CategoriesTakeTurnsAndTheSeedDecides) {
  const auto known = bottle_categories();
  std::vector<Quadruplet> set;
  for (int i = 0; i < 12; ++i)
    set.push_back(quadruplet("q" + std::to_string(i), "cup", "x", i < 10 ? known[0] : known[1],
                             static_cast<std::uint64_t>(i) + 1));
  std::set<std::vector<std::string>> seen;
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    auto options = of(4);
    options.seed = seed;
    Bench bench(set, options), again(set, options);
    const auto ids = bench.ids(0);
    ASSERT_THAT(ids, SizeIs(4));
    EXPECT_EQ(
        std::count_if(ids.begin(), ids.end(), [](const auto& id) { return id == "q10" || id == "q11"; }), 2);
    again.ids(1);  // what was drawn before changes nothing
    EXPECT_EQ(again.ids(0), ids);
    seen.insert(ids);
  }
  EXPECT_GT(seen.size(), 1u);
}

TEST(Chooser, NeverTakesAQuestionedPictureOrItsSpecimen) {
  const auto known = bottle_categories();
  auto same = quadruplet("same", "bottle", "broken", known[0], 1);
  same.abnormal = photo(9001);  // the second questioned picture, byte for byte
  auto exposed = quadruplet("exposed", "cup", "broken", known[0], 2);
  exposed.abnormal.pixels() = photo(9003).pixels() * 0.8 + cv::Scalar::all(10);  // the candle, exposed again
  auto counterpart = quadruplet("counterpart", "bottle", "broken", known[0], 3);
  counterpart.normal = photo(9002);  // its normal picture is questioned
  auto view = quadruplet("view", "bottle", "broken", known[0], 4), other_view = view;
  view.part = other_view.part = "specimen", other_view.id = "other-view";
  other_view.abnormal = photo(9000);
  auto twin = quadruplet("twin", "bottle", "broken", known[0], 6), free = twin;
  twin.part = free.part = "pair", free.id = "free", free.abnormal = photo(77);
  Bench bench({same, exposed, counterpart, view, other_view, twin, free}, of(7));
  for (std::size_t picture = 0; picture < 4; ++picture) {
    const auto ids = bench.ids(picture);
    EXPECT_THAT(ids, SizeIs(1)) << picture;  // one of the pair
    EXPECT_TRUE(ids.front() == "twin" || ids.front() == "free") << ids.front();
  }
  EXPECT_EQ(bench.chooser->refused(), 5u);
}

TEST(Chooser, TakesQuadrupletsOfTheSplitOnly) {
  auto triplet = quadruplet("triplet", "bottle", "x", 1, 1),
       tested = quadruplet("tested", "bottle", "x", 1, 2),
       trained = quadruplet("trained", "bottle", "x", 1, 3);
  triplet.normal = Image(), triplet.split = trained.split = "train", tested.split = "test";
  auto options = of(3);
  EXPECT_THAT(Bench({triplet, tested, trained}, options).ids(0), UnorderedElementsAre("tested", "trained"));
  options.split = "train";
  EXPECT_THAT(Bench({triplet, tested, trained}, options).ids(0), ElementsAre("trained"));
  options.without_normal = true;
  EXPECT_THAT(Bench({triplet, tested, trained}, options).ids(0), UnorderedElementsAre("triplet", "trained"));
  options = of(0);
  EXPECT_THAT(Bench({trained}, options).ids(0), IsEmpty());
  options.split = "val";
  EXPECT_THAT([&] { Bench({trained}, options); }, ThrowsMessage<UsageError>(HasSubstr("of split val")));
}

TEST(LeakGuard, NamesUnreadablePicturesAndNeedsSome) {
  const TempFolder folder;
  sets::Notes notes;
  const auto pictures = read_questions(write_questions(folder.path()), notes);
  fs::remove(folder / pictures[0].image);
  LeakGuard(pictures, folder.path(), 1, notes);
  EXPECT_EQ(notes.count("questioned picture that cannot be read"), 1u);
  EXPECT_THAT([&] { LeakGuard(pictures, folder / "nowhere", 1, notes); },
              ThrowsMessage<InputError>(HasSubstr("--data")));
}

}  // namespace
}  // namespace unidg::dataset::mmad
