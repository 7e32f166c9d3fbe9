#pragma once
#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "unidg/dataset/sets/notes.h"

/// Question sets in MMAD's published format (jam-cc/MMAD, mmad.json), a set's quadruplets as context for them
/// (Table 9), and the score of a model's answers.
namespace unidg::dataset::mmad {

/// The tasks in the order of Table 9, in MMAD's words.
inline constexpr std::array<const char*, 7> kTasks = {
    "Anomaly Detection", "Defect Classification", "Defect Localization", "Defect Description",
    "Defect Analysis",   "Object Classification", "Object Analysis"};
/// The task of a question's type: Object Structure and Object Details are Object Analysis, as in MMAD's own
/// summary; others stay.
std::string task_of(const std::string& type);

struct Question {
  std::string id;  ///< "IMAGE#N", N from 1 in the picture's conversation
  std::string words;
  std::vector<std::pair<std::string, std::string>> options;  ///< letter, text; in the file's order
  std::string answer;                                        ///< letter
  std::string type, task;
};

/// One questioned picture.
struct Picture {
  std::string image;                         ///< relative to the data folder: DATASET/OBJECT/.../TYPE/NAME
  std::string dataset, object, type;         ///< of the path; type: its folder
  bool is_normal = false;                    ///< a folder of its path is `good`
  std::vector<std::string> similar, random;  ///< normal templates, relative to the data folder
  std::vector<Question> questions;
};

/// Reads {"IMAGE": {"conversation": [{"Question", "Answer", "Options": {"A": ...}, "type"}],
/// "similar_templates": [...], "random_templates": [...]}}. Questions without text, options or a right letter
/// are left out and noted.
/// @throws FormatError for another shape, or a path that leaves the data folder
std::vector<Picture> read_questions(const std::filesystem::path& file, sets::Notes& notes);

}  // namespace unidg::dataset::mmad
