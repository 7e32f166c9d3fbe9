#pragma once
#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "unidg/chat/chat_model.h"

namespace unidg::evaluation {

/// What the judge sees: a reference defect and the picture it was painted into, each with its mask.
struct EditedPair {
  std::string id;
  std::filesystem::path reference, reference_mask, target, target_mask;
  std::string
      scenario;  ///< words about the product; Fig. 12 names them, Alg. 3 passes none (docs/choices.md 65)
};

/// Pairs of a folder that unidg wrote (its manifest), without those that failed or have no reference, which
/// are counted in a warning. @throws InputError when none is left
std::vector<EditedPair> pairs_of_folder(const std::filesystem::path& folder);
/// Pairs from JSON lines {"id", "reference", "reference_mask", "target", "target_mask", "scenario"}; paths
/// are relative to the file. @throws FormatError with the line's number
std::vector<EditedPair> pairs_of_file(const std::filesystem::path& file);
/// `count` of them spread evenly over the list, all when there are fewer.
std::vector<EditedPair> spread(const std::vector<EditedPair>& pairs, std::size_t count);

/// The four scores of Fig. 12 in its order, each 0 to 5.
inline constexpr std::array<const char*, 4> kCriteria = {"RefAd", "Cons", "Reas", "Qual"};
using JudgeScores = std::array<double, 4>;

/// One judge's word on one pair. A missing score is missing, never 0 (docs/choices.md 62).
struct Verdict {
  std::string pair;
  std::string asked;     ///< model as configured
  std::string answered;  ///< model id as the server reported it
  std::optional<JudgeScores> scores;
  std::string analysis;
  std::string problem;  ///< why there are no scores
};
Json to_json(const Verdict& verdict);

/// The prompt of Fig. 12 as printed; prompts/defect_und.txt.
const char* defect_und_prompt();
/// The question about one pair: prompt, then the four pictures with their names, then the scenario if there
/// is one. @param longest_side pictures are scaled down to it  @throws InputError for a picture that is not
/// there or whose mask has another size
chat::Question judge_question(const EditedPair& pair, const std::string& prompt, int longest_side);
/// Scores from an answer to that question; a number or a list of one number each (Fig. 13).
JudgeScores read_scores(const Json& answer);

struct JudgeConfig {
  std::string prompt;  ///< file with another prompt; empty: Fig. 12
  std::int64_t longest_side = 1024;
  std::int64_t count = 0;        ///< pairs to judge, spread evenly; 0: all
  std::int64_t concurrency = 4;  ///< pairs in flight; the command takes it from the chat settings
};
void fields(FieldVisitor& visit, JudgeConfig& c);

/// Asks `model` about every pair, several at a time. Service errors become missing verdicts; usage errors and
/// Ctrl+C stop. @param on_verdict called after each pair, from one thread at a time  @returns in the order of
/// pairs
std::vector<Verdict> judge(chat::ChatModel& model, const std::vector<EditedPair>& pairs,
                           const JudgeConfig& config,
                           const std::function<void(const Verdict&)>& on_verdict = {});

/// Means of one judge over the pairs it scored.
struct JudgeSummary {
  std::string asked;
  std::vector<std::string> answered;  ///< every model id the server reported, sorted
  std::size_t scored = 0, missing = 0;
  JudgeScores mean{};  ///< NaN when nothing was scored
};
JudgeSummary summarise(const std::vector<Verdict>& verdicts);
Json to_json(const JudgeSummary& summary);

}  // namespace unidg::evaluation
