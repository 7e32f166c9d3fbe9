#include <gmock/gmock.h>

#include <set>

#include "support/temp_folder.h"
#include "unidg/agents/synthesis/synthesised_half.h"
#include "unidg/core/files.h"
#include "unidg/procedural/procedural.h"

namespace unidg::agents {
namespace {

using testing::TempFolder;
namespace sets = dataset::sets;
namespace templates = dataset::templates;

/// Darkens the mask; even seeds leave the picture as it is.
class Darkener : public generation::Generator {
 public:
  std::vector<generation::Result> generate(const std::vector<generation::Request>& requests) const override {
    std::vector<generation::Result> out;
    for (const auto& request : requests) {
      generation::Result result;
      result.image = request.source.clone(), result.used = request.mask, result.status = "ok";
      cv::Mat dark = request.source.pixels() - cv::Scalar::all(40);
      if (request.seed % 2 == 1) dark.copyTo(result.image.pixels(), request.mask.pixels());
      if (request.type == "dent") result.status = "failed", result.reason = "no dents";
      out.push_back(std::move(result));
    }
    return out;
  }
  std::string name() const override { return "darkener"; }
  Json settings() const override { return {{"strength", 40}}; }
};

/// Photos of two domains: scratches (category 7) and stains (6) on metal, holes (15) on fabric; one good
/// photo of each product, and a quadruplet whose counterpart an agent painted.
class Synthesised : public ::testing::Test {
 protected:
  static constexpr int kSide = 96;

  Synthesised() {
    sets::SetWriter writer(folder / "set");
    std::vector<sets::SetEntry> entries;
    const auto add = [&](const std::string& id, const std::string& product, const std::string& defect,
                         const std::string& domain, int category, bool is_good) {
      const auto drawn = procedural::draw(product, defect, kSide, kSide, stable_hash(id));
      sets::SetEntry entry;
      entry.id = id, entry.source = "drawn", entry.object = product, entry.type = is_good ? "good" : defect;
      entry.domain = domain, entry.part = id, entry.licence = domain, entry.width = entry.height = kSide;
      entry.category = is_good ? 0 : category;
      if (is_good) {
        entry.normal = "normal/" + id + ".png";
        writer.put(entry.normal, encode_png(drawn.normal));
      } else {
        entry.abnormal = "abnormal/" + id + ".png", entry.mask = "mask/" + id + ".png";
        entry.mask_area = drawn.mask.area();
        writer.put(entry.abnormal, encode_png(drawn.abnormal)),
            writer.put(entry.mask, encode_png(drawn.mask));
      }
      entries.push_back(entry);
    };
    for (int i = 0; i < 6; ++i) add(text("scratch", i), "metal_plate", "scratch", "industrial", 7, false);
    add("stain0", "metal_plate", "stain", "industrial", 6, false);
    for (int i = 0; i < 3; ++i) add(text("hole", i), "fabric", "hole", "natural", 15, false);
    add("plate", "metal_plate", "scratch", "industrial", 0, true);
    add("cloth", "fabric", "hole", "natural", 0, true);
    writer.append(entries);
  }
  SynthesisedHalf half(std::size_t count, SynthesisConfig config = {}) const {
    templates::BuildReport report;
    auto library = templates::TemplateLibrary::build({folder / "set"}, {}, report);
    config.quality.max_foreign = 1;  // Darkener's patches may look like anything
    return {{{folder / "set"}, {folder / "set"}, count},
            std::move(library),
            std::make_unique<Darkener>(),
            std::move(config),
            1};
  }
  static std::vector<Task> tasks(const SynthesisedHalf& half, int attempt = 0) {
    std::vector<Task> out;
    for (std::size_t i = 0; i < half.count(); ++i) out.push_back({i, half.id(i), attempt});
    return out;
  }
  TempFolder folder;
};

TEST_F(Synthesised, PaintsTheCategoryOfTheReferenceOnTheProduct) {
  auto synthesised = half(40, {.seed = 1});
  std::set<std::string> types;
  for (const auto& made : synthesised.make(tasks(synthesised))) {
    ASSERT_EQ(made.step, "") << made.reason << " " << made.detail;
    types.insert(made.entry.type);
    EXPECT_EQ(made.entry.origin, "synthesised");
    EXPECT_EQ(made.entry.type == "hole", made.entry.object == "fabric") << "references stay in their domain";
    const std::string scene = made.provenance["scene"];
    EXPECT_EQ(made.normal, read_file(folder / ("set/normal/" + scene + ".png")));
    EXPECT_GT(made.triplet.mask.area(), 0);
    cv::Mat outside;
    cv::absdiff(made.triplet.abnormal.pixels(), made.triplet.normal.pixels(), outside);
    outside.setTo(cv::Scalar::all(0), made.triplet.mask.pixels());
    EXPECT_EQ(cv::countNonZero(outside.reshape(1)), 0);
    EXPECT_GT(made.found.area(), 0) << "the mask told by the change";
  }
  EXPECT_EQ(types, (std::set<std::string>{"hole", "scratch", "stain"}));
}

/// Brings the reference's corner along instead of its defect.
class Paster : public Darkener {
 public:
  std::vector<generation::Result> generate(const std::vector<generation::Request>& requests) const override {
    auto out = Darkener::generate(requests);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto& surface = requests[i].reference->image.pixels();
      cv::Mat patch = surface(cv::Rect(0, 0, 8, 8)), tiled;
      cv::repeat(patch, kSide / 8 + 1, kSide / 8 + 1, tiled);
      tiled(cv::Rect(0, 0, kSide, kSide)).copyTo(out[i].image.pixels(), requests[i].mask.pixels());
    }
    return out;
  }
  static constexpr int kSide = 96;
};

TEST_F(Synthesised, DropsWhatBringsTheReferencesSurface) {
  templates::BuildReport report;
  SynthesisConfig config{.seed = 1, .domain = "any", .same_object = 0};
  config.quality.min_change = config.quality.min_coverage = 0;
  SynthesisedHalf half({{folder / "set"}, {folder / "set"}, 40},
                       templates::TemplateLibrary::build({folder / "set"}, {}, report),
                       std::make_unique<Paster>(), config, 1);
  int foreign = 0, across = 0;
  for (const auto& made : half.make(tasks(half))) {
    const bool on_cloth = made.entry.object == "fabric", of_cloth = made.entry.type == "hole";
    if (on_cloth == of_cloth) continue;
    ++across;
    foreign += made.step == "quality" && made.reason == "foreign surface";
  }
  EXPECT_GT(across, 5);
  EXPECT_GT(foreign, across / 2);  // the plates differ too little from each other and from some cloths
}

TEST_F(Synthesised, EvenCategoriesAreDrawnAlikeNaturalOnesAsOften) {
  const auto stains = [&](const std::string& how) {
    auto synthesised = half(120, {.seed = 1, .categories = how});
    std::size_t scratches = 0, count = 0;
    for (const auto& made : synthesised.make(tasks(synthesised)))
      scratches += made.entry.type == "scratch", count += made.entry.type == "stain";
    return static_cast<double>(count) / static_cast<double>(scratches + count);
  };
  EXPECT_NEAR(stains("even"), 0.5, 0.15);
  EXPECT_NEAR(stains("natural"), 1.0 / 7, 0.1);
}

TEST_F(Synthesised, AnItemIsTheSameWhateverTheCountAndTheBatch) {
  auto few = half(3, {.seed = 1}), many = half(30, {.seed = 1});
  const auto batch = many.make(tasks(many));
  for (const auto& task : tasks(few)) {
    const auto alone = few.make({task}).front();
    EXPECT_EQ(alone.abnormal, batch[task.index].abnormal);
    EXPECT_EQ(alone.provenance, batch[task.index].provenance);
  }
}

TEST_F(Synthesised, AnotherTryKeepsSceneAndCategory) {
  auto synthesised = half(12, {.seed = 1});
  const auto first = synthesised.make(tasks(synthesised)), third = synthesised.make(tasks(synthesised, 2));
  int redrawn = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].provenance["scene"], third[i].provenance["scene"]);
    EXPECT_EQ(first[i].entry.category, third[i].entry.category);
    redrawn += first[i].abnormal != third[i].abnormal;
  }
  EXPECT_GE(redrawn, 11);
}

TEST_F(Synthesised, WeakPicturesAreTriedAgain) {
  auto synthesised = half(4, {.seed = 2});  // the darkener sleeps on even seeds
  for (const auto& made : synthesised.make(tasks(synthesised))) {
    EXPECT_EQ(made.step + ": " + made.reason, "quality: too weak");
    EXPECT_TRUE(made.may_retry);
  }
  for (const auto& made : synthesised.make(tasks(synthesised, 1))) EXPECT_EQ(made.step, "");
}

TEST_F(Synthesised, PaintedCounterpartsAndSynthesisedDefectsAreNoInputs) {
  sets::rewrite_set(folder / "set", [](sets::SetEntry entry) -> std::optional<sets::SetEntry> {
    if (entry.is_normal()) return std::nullopt;
    entry.normal = entry.abnormal, entry.other["curation"] = {{"half", "real"}};
    return entry;
  });
  EXPECT_THROW(half(1), InputError) << "a counterpart that an agent painted is no scene";
  sets::rewrite_set(folder / "set", [](sets::SetEntry entry) -> std::optional<sets::SetEntry> {
    entry.origin = "synthesised", entry.other.erase("curation");
    return entry;
  });
  EXPECT_THROW(half(1), InputError) << "what was made is no reference";
}

TEST_F(Synthesised, TheLikestReferenceIsTheSceneOwnSurface) {
  const auto own = [&](const std::string& how) {
    auto synthesised =
        half(40, {.seed = 1, .domain = "any", .reference = how, .candidates = 10, .same_object = 0});
    std::size_t count = 0;
    for (const auto& made : synthesised.make(tasks(synthesised)))
      count += made.entry.object == "metal_plate" && made.entry.type == "scratch" &&
               std::string(made.provenance["reference"]).rfind("scratch", 0) == 0;
    return count;
  };
  // Scratches of another surface among those of metal: fabric photos are given the scratches' category.
  sets::rewrite_set(folder / "set", [](sets::SetEntry entry) -> std::optional<sets::SetEntry> {
    if (entry.type == "hole") entry.category = 7;
    return entry;
  });
  EXPECT_GT(own("likest"), own("random"));
}

TEST_F(Synthesised, NeverTakesAReferenceOfTheSamePart) {
  sets::rewrite_set(folder / "set", [](sets::SetEntry entry) -> std::optional<sets::SetEntry> {
    entry.part = "one";
    return entry;
  });
  auto synthesised = half(4, {.seed = 1});
  for (const auto& made : synthesised.make(tasks(synthesised)))
    EXPECT_EQ(made.reason, "reference of the same part");
}

}  // namespace
}  // namespace unidg::agents
