#pragma once
#include <memory>
#include <string>
#include <vector>

#include "unidg/agents/curate/half.h"
#include "unidg/agents/curate/ledger.h"
#include "unidg/agents/verify/verifier.h"
#include "unidg/dataset/items.h"

/// The pipeline that joins the agents (Sec. 3.1, App. A.1): make a triplet, describe it, verify it, keep it
/// or say why not.
namespace unidg::agents {

struct CurateConfig {
  VerifyConfig verify;
  std::int64_t retries = 2;    ///< further tries of an item that failed for what another draw may mend
  std::int64_t previews = 12;  ///< dropped items of one reason whose pictures are kept for the report
  std::int64_t block = 8;      ///< items between two writes; what a kill may cost
  std::int64_t threads = 0;    ///< 0: one a core; with chat models: questions in flight
};
void fields(FieldVisitor& visit, CurateConfig& c);

/// Who describes and who verifies. Several captioners give several candidates.
struct Agents {
  std::vector<std::unique_ptr<Captioner>> captioners;
  std::unique_ptr<Verifier> verifier;
  Json settings() const;  ///< their names
};
Agents embedded_agents();

/// Files of one process: `manifest.jsonl` and `ledger.jsonl`, or a shard's.
struct CurationFiles {
  dataset::sets::SetWriter writer;
  Ledger ledger;
  dataset::Shard shard;
  /// @throws UsageError when the folder holds something else
  CurationFiles(const std::filesystem::path& folder, const dataset::Shard& shard);
};

struct CurationReport {
  std::size_t planned = 0;  ///< items of this shard
  std::size_t kept = 0, dropped = 0;
  std::size_t skipped = 0;  ///< finished by an earlier run
  std::size_t unanswered =
      0;  ///< a chat model gave no usable answer: not in the ledger, asked again next time
  bool is_interrupted = false;
};
Json to_json(const CurationReport& report);

/// Runs a half through the agents; finished items are skipped. Every item ends in the ledger once, kept or
/// dropped with step and reason.
/// @throws ServiceError when a whole block gets no answer from the chat models; UsageError when asking again
/// cannot help. Everything done so far is kept.
CurationReport curate(Half& half, const Agents& agents, CurationFiles& files, const CurateConfig& config);

/// What a run would do.
struct Forecast {
  std::size_t planned = 0, finished = 0;  ///< items of this shard
  double seconds_an_item = 0;             ///< measured on a few items now, nothing written; 0: not measured
};
/// @param agents null: only the making is timed (questions to chat models are not asked)
/// @param samples items to time, spread evenly
Forecast forecast(Half& half, const Agents* agents, const std::filesystem::path& folder,
                  const dataset::Shard& shard, const CurateConfig& config, std::size_t samples = 8);

/// Refuses a folder whose earlier items were made with other settings; writes curation.json the first time.
/// @param settings of one half  @throws UsageError naming what differs
void claim_settings(const std::filesystem::path& folder, const std::string& half, const Json& settings);

/// Joins manifest-i-of-N.jsonl and ledger-i-of-N.jsonl in the order of halves and indices, whatever shard
/// they came from. @returns the number of entries  @throws InputError naming shards that are missing
std::size_t merge_shards(const std::filesystem::path& folder);

}  // namespace unidg::agents
