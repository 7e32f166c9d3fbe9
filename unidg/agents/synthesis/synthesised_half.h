#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "unidg/agents/curate/half.h"
#include "unidg/agents/curate/quality.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/sets/entry_index.h"
#include "unidg/dataset/templates/placement.h"
#include "unidg/generation/generator.h"

namespace unidg::agents {

struct SynthesisConfig {
  std::uint64_t seed = 0;
  std::string categories =
      "even";  ///< even | natural: each category alike, or as often as the references have it
  std::string domain = "same";       ///< same | any: references of the scene's domain where there are some
  std::string reference = "random";  ///< random | likest: of some drawn ones that with the likest surface
  std::int64_t candidates = 8;       ///< references that are drawn
  double same_object = 0.5;          ///< how often the reference shows the scene's product, where one does
  bool second_mask = true;           ///< also stores the mask told by the change
  dataset::templates::PlaceConfig place;
  QualityConfig quality;
};
void fields(FieldVisitor& visit, SynthesisConfig& c);

/// The synthesised half (App. A.1): normal photo, its foreground, a template of a category placed on it, a
/// reference of the same category and another part (choices.md 74d), and the generator. Item i is the same
/// picture whatever the count; a further try keeps scene and category and draws the rest anew.
class SynthesisedHalf : public Half {
 public:
  struct Inputs {
    std::vector<std::filesystem::path> scenes;      ///< sets: good photos, and counterparts of the source
    std::vector<std::filesystem::path> references;  ///< sets: defect photos of the real half
    std::size_t count = 0;
  };
  /// @param library must have masks of the references' categories
  /// @throws InputError when there are no scenes, or no references with a category and a template
  SynthesisedHalf(Inputs inputs, dataset::templates::TemplateLibrary library,
                  std::unique_ptr<generation::Generator> generator, SynthesisConfig config, int threads = 0);
  std::string name() const override { return "synthesised"; }
  std::size_t count() const override { return count_; }
  std::string id(std::size_t index) const override;
  std::vector<Made> make(const std::vector<Task>& tasks) override;
  Json settings() const override;

 private:
  /// One reference as the draw sees it; words by number.
  struct Known {
    std::uint32_t entry = 0, domain = 0, object = 0;
    int category = 0;
  };
  struct Plan;
  Plan plan(const Task& task) const;
  std::vector<const Known*> draw_references(const dataset::sets::SetEntry& scene, const Task& task) const;
  void choose_reference(Plan& plan, const dataset::sets::SetEntry& scene,
                        const std::vector<const Known*>& drawn) const;
  Made finish(Plan& plan, generation::Result result) const;

  std::vector<Known> known_;
  std::map<std::string, std::uint32_t> words_;  ///< numbers of domains and objects
  dataset::sets::EntryIndex scenes_, references_;
  dataset::templates::TemplateLibrary library_;
  std::unique_ptr<generation::Generator> generator_;
  SynthesisConfig config_;
  std::size_t count_;
  int threads_;
};

}  // namespace unidg::agents
