#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace unidg::preparation {

/// One line of a corpus manifest (docs/formats.md): a real photo with its defect mask, or a normal one.
struct CorpusEntry {
  std::string id, dataset, object, defect, mask_kind, licence, source;
  std::filesystem::path image;  ///< abnormal picture, or empty
  std::filesystem::path mask;
  std::filesystem::path normal;  ///< aligned normal counterpart, or a normal picture alone
};

/// Reads `manifest.jsonl` of a corpus folder, or of a set as `unidg dataset import` and `unidg curate` write
/// it: there `source`, `type` and `part` are dataset, defect and source. @throws FormatError with file and
/// line
std::vector<CorpusEntry> read_corpus(const std::filesystem::path& folder);

/// Kinds of defect that may stand for one another across objects ("crack", "scratch", "hole", "spot",
/// "stain");
/// "" when a defect belongs to none.
std::string defect_family(const std::string& defect);

/// Abnormal entries arranged for sampling references and targets.
class PairPool {
 public:
  explicit PairPool(std::vector<CorpusEntry> entries);
  const std::vector<CorpusEntry>& entries() const { return entries_; }
  /// Entries of the same dataset, object and defect (App. C.1, distribution b), the entry itself included.
  const std::vector<int>& same_kind(int entry) const;
  /// Entries of another dataset with the same defect family (distribution c); may be empty.
  const std::vector<int>& other_object(int entry) const;
  std::vector<std::string> datasets() const;
  const std::vector<int>& of_dataset(const std::string& dataset) const;

 private:
  std::vector<CorpusEntry> entries_;
  std::map<std::string, std::vector<int>> by_kind_, by_dataset_;
  std::vector<std::vector<int>> other_;
};

}  // namespace unidg::preparation
