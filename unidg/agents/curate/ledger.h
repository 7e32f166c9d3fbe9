#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "unidg/dataset/sets/set_folder.h"

namespace unidg::agents {

/// What became of one item: a line of ledger.jsonl (docs/formats.md "Curation").
struct LedgerLine {
  std::string id, half;  ///< real | synthesised
  std::uint64_t index = 0;
  std::string outcome;  ///< kept | dropped
  std::string step;     ///< of a dropped one: input | inpaint | generate | quality | caption | verify
  std::string reason;   ///< a few words, counted by the report
  std::string detail;   ///< the whole message
  std::string source, object, type;
  std::optional<int> category;
  int attempts = 1;
  std::optional<double> score;  ///< mean of the verifier's three, where it was asked

  bool is_kept() const { return outcome == "kept"; }
};
Json to_json(const LedgerLine& line);
/// @throws FormatError naming `where` and the field
LedgerLine ledger_line_from_json(const Json& json, const std::string& where);
/// The line of an item that was kept, told by its entry alone.
LedgerLine kept_line(const dataset::sets::SetEntry& entry);

/// Calls `visit` for each line; one cut short by a crash is passed over. No file: no line.
void each_ledger_line(const std::filesystem::path& file,
                      const std::function<void(LedgerLine, std::uint64_t)>& visit);

/// How many items the ledgers of a folder name, whatever the shard; 0 where there is none.
std::size_t count_finished(const std::filesystem::path& folder,
                           const std::function<bool(const std::string&)>& counts);

/// Which items are finished. An entry reaches the disk before its line here: a run that was killed in between
/// is mended when the ledger is opened.
class Ledger {
 public:
  /// @param writer the set that the kept items go to; must outlive this
  /// @param name of the file in its folder: ledger.jsonl, or a shard's
  Ledger(const dataset::sets::SetWriter& writer, const std::string& name = "ledger.jsonl");
  bool has(const std::string& id) const;
  void append(const std::vector<LedgerLine>& lines);

 private:
  void read(const std::filesystem::path& file, const dataset::sets::SetWriter& writer);
  std::filesystem::path file_;
  std::unordered_set<std::uint64_t> done_;  ///< hashes of ids
};

}  // namespace unidg::agents
