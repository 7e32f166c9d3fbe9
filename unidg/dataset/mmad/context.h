#pragma once
#include <filesystem>
#include <string>

#include "unidg/dataset/mmad/chooser.h"

namespace unidg::dataset::mmad {

struct ContextOptions {
  ChoiceOptions choice;
  std::int64_t shots = 1;        ///< normal templates of the question file before the query, as MMAD gives
  bool similar = false;          ///< its similar templates in place of its random ones
  bool sheet = false;            ///< one picture a quadruplet: normal, defective, outlined side by side
  std::string mask = "outline";  ///< outline: drawn into the picture; mask: black and white; both
  std::int64_t side = 512;  ///< longer side of context pictures, and of all embedded ones; 0: as they are
  bool embed = false;       ///< pictures inside the messages as data URLs, else relative files
  std::string prompt;       ///< file with another instruction; "": prompts/mmad.txt
  std::int64_t limit = 0;   ///< only so many pictures of the question file; 0: all
  int threads = 0;
};

struct ContextResult {
  std::size_t pictures = 0, questions = 0;
  std::size_t quadruplets = 0, left_out = 0;  ///< entries of the set that could serve, and the others
  std::size_t used = 0, refused = 0;          ///< entries shown at least once; kept out by the leak guard
  std::size_t fewer = 0;                      ///< pictures that got less context than asked for
  std::filesystem::path file;
  sets::Notes notes;
};

/// The instruction of prompts/mmad.txt.
const char* instruction();

/// Writes OUT/context.jsonl, one question a line in OpenAI's message format (docs/formats.md "Questions with
/// context"), OUT/pictures/ and OUT/settings.json. The right answers are not in it.
/// @param data folder of the questioned pictures
/// @throws UsageError for an OUT that holds something else; InputError, FormatError; Interrupted
ContextResult write_context(const std::filesystem::path& set, const std::filesystem::path& questions,
                            const std::filesystem::path& data, const std::filesystem::path& out,
                            const ContextOptions& options);

}  // namespace unidg::dataset::mmad
