#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/dataset/mmad/questions.h"

namespace unidg::dataset::mmad {

/// The letter that an answer names: alone or leading ("B", "B. It is bent", "(b)"), after "answer" ("The
/// answer is B."), as an option's text, or the only capital letter of an option that stands alone. Nothing
/// when that is not clear.
std::optional<std::string> letter_of(const std::string& answer,
                                     const std::vector<std::pair<std::string, std::string>>& options);

/// One answered question.
struct Answered {
  std::string image, task, right;
  std::optional<std::string> letter;  ///< nothing: the answer cannot be read
};

/// Reads a model's answers: a JSON list in MMAD's own form (`image, question_type, correct_answer,
/// gpt_answer`), or JSON lines `{"id", "answer"}` for the questions of `context.jsonl`.
/// @param questions needed for JSON lines; each is answered at most once
/// @param missing receives how many questions have no answer (JSON lines)
std::vector<Answered> read_answers(const std::filesystem::path& answers,
                                   const std::vector<Picture>& questions, std::size_t& missing);

/// Accuracies in percent, as MMAD's summary forms them.
struct Scores {
  struct Row {
    std::map<std::string, double> tasks;  ///< those that were asked
    double average = 0;                   ///< of the tasks
    std::size_t answers = 0;
  };
  std::map<std::string, Row> datasets;
  Row overall;  ///< means over the data sets
  std::size_t unreadable = 0;
};
/// Anomaly Detection is the mean of the accuracies on good and on defective pictures (`good` in the path),
/// the other tasks are plain accuracies; data sets weigh the same.
/// @param unreadable_is_wrong false: such answers are left out, as published
Scores score(const std::vector<Answered>& answers, bool unreadable_is_wrong);

Json to_json(const Scores& scores);
/// A table with a row a data set and the tasks in the order of Table 9.
std::string to_text(const Scores& scores);

}  // namespace unidg::dataset::mmad
