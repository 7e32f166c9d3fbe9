#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "unidg/dataset/sets/duplicates.h"
#include "unidg/dataset/sets/entry_index.h"
#include "unidg/sft/pairs/alg2.h"

namespace unidg::sft {

/// Which entries of a set may train.
struct SelectConfig {
  bool boxes = false;          ///< also entries whose mask is a box or a rough outline
  bool test = false;           ///< also entries of the split "test"
  std::string origin = "all";  ///< all | real | synthesised
  double held_out = 0.03;      ///< share of specimens whose pairs are kept for validation
};
void fields(FieldVisitor& visit, SelectConfig& c);

/// One quadruplet as pairing sees it; words by number.
struct Quadruplet {
  std::string id;
  std::uint32_t object = 0;  ///< of the source
  std::uint32_t name = 0;    ///< of the object alone: two sources may show the same product
  std::uint32_t type = 0;    ///< the source's word
  std::uint32_t part = 0;    ///< specimen; 0: not known
  std::uint32_t defect =
      0;  ///< the real defect that it shows: its own, or the reference it was synthesised from
  std::uint32_t domain = 0;
  int category = 0;  ///< mapped, 1 .. 28; 0 not known
  bool has_normal = false, is_held_out = false;
  dataset::sets::PictureHash hash{};
};

/// All quadruplets of some sets that may train, with what Alg. 2 measures of them.
class Quadruplets {
 public:
  /// Decodes every picture once. @param dropped receives a reason and an id for each entry left out
  /// @throws InputError when nothing is left; Interrupted
  Quadruplets(std::vector<std::filesystem::path> sets, const SelectConfig& select, const Alg2Config& alg2,
              std::map<std::string, std::vector<std::string>>& dropped, int threads = 0);
  std::size_t size() const { return all_.size(); }
  const Quadruplet& operator[](std::size_t i) const { return all_[i]; }
  const std::vector<DefectFacts>& facts() const { return facts_; }
  const dataset::sets::EntryIndex& index() const { return index_; }
  /// The entry behind a quadruplet, and its set.
  dataset::sets::SetEntry entry(std::size_t i) const { return index_.entry(places_[i]); }
  const std::filesystem::path& set_of(std::size_t i) const { return index_.set_of(places_[i]); }
  const std::string& word(std::uint32_t number) const { return words_[number]; }

  /// Whether two show the same specimen, the same defect, or nearly the same picture (hash and fine
  /// structure).
  bool are_alike(std::size_t a, std::size_t b) const;

 private:
  dataset::sets::EntryIndex index_;
  std::vector<std::size_t> places_;  ///< in the index
  std::vector<Quadruplet> all_;
  std::vector<DefectFacts> facts_;
  std::vector<std::string> words_;
};

}  // namespace unidg::sft
