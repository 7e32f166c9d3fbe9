#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "unidg/dataset/mmad/leak_guard.h"
#include "unidg/dataset/sets/set_folder.h"
#include "unidg/dataset/sets/taxonomy.h"

namespace unidg::dataset::mmad {

/// Which quadruplets are the context of a picture (docs/choices.md, Table 9).
struct ChoiceOptions {
  int count = 2;  ///< k
  /// What decides the wanted categories. `object`: the kinds of defect that the questions know of this
  /// object, the same for good and defective pictures. `category`: the picture's own kind, the paper's "same
  /// defect category"; it gives away part of the answers.
  enum class Match { Object, Category } match = Match::Object;
  std::string domain = "industrial";  ///< of the questioned pictures, as in the set's `domain`
  std::string split;                  ///< only entries of this split; "": all
  bool without_normal = false;        ///< also entries that have no normal counterpart
  std::uint64_t seed = 0;
};

/// Draws context for questioned pictures from a set, never what the guard knows nor any other photo of such a
/// specimen.
class Chooser {
 public:
  /// Reads the set's manifest. @param guard, pictures must outlive this
  /// @throws UsageError when no entry can serve
  Chooser(std::filesystem::path set, const std::vector<Picture>& pictures, const LeakGuard& guard,
          const ChoiceOptions& options, const sets::Taxonomy& taxonomy = sets::Taxonomy::standard());

  /// At most `count` entries, best first: same object and wanted category, same object, wanted category of
  /// the same domain, wanted category, same domain. Inside a rank the wanted categories take turns and the
  /// seed and the picture's name decide. Each from another specimen.
  std::vector<const sets::SetEntry*> choose(const Picture& picture);

  /// Categories that are wanted for a picture.
  std::set<int> wanted(const Picture& picture) const;

  std::size_t quadruplets() const { return serving_; }                 ///< entries that could serve
  std::size_t left_out() const { return entries_.size() - serving_; }  ///< no quadruplet, or of another split
  std::size_t refused() const { return refused_; }                     ///< quadruplets found leaking so far

 private:
  using List = std::vector<std::uint32_t>;
  bool leaks(const sets::SetEntry& entry);
  bool is_questioned(const sets::SetEntry& entry) const;

  std::filesystem::path set_;
  const LeakGuard& guard_;
  ChoiceOptions options_;
  std::vector<sets::SetEntry>
      entries_;  ///< all: one that cannot serve may still show its specimen is questioned
  using ByCategory = std::map<int, List>;
  std::map<std::string, List> by_object_;  ///< here and below: those that can serve
  std::map<std::string, ByCategory> object_by_category_;
  List domain_;
  ByCategory domain_by_category_, by_category_;
  std::map<std::string, std::set<int>> of_picture_, of_object_;  ///< categories that the questions know
  std::map<std::string, List> parts_;
  std::map<std::string, bool> part_leaks_;
  std::size_t serving_ = 0, refused_ = 0;
};

}  // namespace unidg::dataset::mmad
