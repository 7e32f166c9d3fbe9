#pragma once
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "unidg/agents/caption/captioner.h"

namespace unidg::agents {

/// The three scores of Fig. 8 in its order, each 0 to 5.
inline constexpr std::array<const char*, 3> kVerifyCriteria = {"Consistency", "Defect Existence",
                                                               "Normality"};
struct VerifyScores {
  double consistency = 0, existence = 0, normality = 0;
  double mean() const { return (consistency + existence + normality) / 3; }
};

/// What the verifier says of one caption.
struct Verdict {
  std::string asked, answered;
  std::optional<VerifyScores> scores;
  std::string analysis;
  Json evidence;        ///< what was measured; null for chat models
  std::string problem;  ///< why there are no scores
};
Json to_json(const Verdict& verdict);

/// The Verifier Agent (App. A.1). Safe to ask from several threads.
class Verifier {
 public:
  virtual ~Verifier() = default;
  /// @param caption data.md 6.1  @throws as Captioner::describe
  virtual Verdict check(const Triplet& triplet, const Json& caption) = 0;
  virtual std::string name() const = 0;
};

/// The prompt of Fig. 8 as printed; prompts/verifier.txt.
const char* verifier_prompt();
/// The question: prompt, then normal image, defect image, defect mask and the description.
chat::Question verify_question(const Triplet& triplet, const Json& caption, const std::string& prompt,
                               int longest_side);
/// Scores from an answer to it; a number or a list of one number each.
VerifyScores read_verify_scores(const Json& answer);

struct ChatVerifyConfig {
  std::string prompt;  ///< file with another prompt; empty: Fig. 8
  std::int64_t longest_side = 1024;
};
void fields(FieldVisitor& visit, ChatVerifyConfig& c);

/// A multimodal model with the prompt of Fig. 8.
class ChatVerifier : public Verifier {
 public:
  /// @param model is asked; must outlive this
  ChatVerifier(chat::ChatModel& model, ChatVerifyConfig config = {});
  Verdict check(const Triplet& triplet, const Json& caption) override;
  std::string name() const override { return model_.name(); }

 private:
  chat::ChatModel& model_;
  ChatVerifyConfig config_;
  std::string prompt_;
};

/// The embedded verifier: compares the caption's fields with measurements of its own (fields.h), looks
/// whether the defect is there and where the mask says (existence.h), and whether anything is left of it in
/// the normal picture (inpaint/leftover.h).
class MeasuringVerifier : public Verifier {
 public:
  Verdict check(const Triplet& triplet, const Json& caption) override;
  std::string name() const override { return "measured-v1"; }
};

/// The rules of App. A.1 (choices.md 84, 85).
struct VerifyConfig {
  double min_confidence = 0.8;      ///< candidates below are dropped before they are verified
  double min_score = 4.2;           ///< a mean below is inaccurate
  std::string pick = "confidence";  ///< confidence | score: which of those that passed is kept
};
void fields(FieldVisitor& visit, VerifyConfig& c);

/// What became of one candidate.
struct Judged {
  Candidate candidate;
  std::string outcome;  ///< kept | passed | inaccurate | unsure (confidence too low) | missing (no answer)
  std::optional<Verdict> verdict;  ///< none when it was not asked for
};
struct Selection {
  std::vector<Judged> candidates;   ///< in the order given
  std::optional<std::size_t> kept;  ///< index of the one description; none: the triplet is dropped
  std::string reason;               ///< why none is kept: no-caption | unsure | inaccurate | unverified
};
Json to_json(const Selection& selection);

/// Drops unsure candidates, verifies the others and keeps exactly one, or none. Equal ones: the first.
Selection select(const Triplet& triplet, const std::vector<Candidate>& candidates, Verifier& verifier,
                 const VerifyConfig& config);

}  // namespace unidg::agents
