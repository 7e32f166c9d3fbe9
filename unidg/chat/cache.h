#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "unidg/core/config.h"

namespace unidg::chat {

/// Answers on disk, one file a question: <folder>/ab/abcdef....json, named by the SHA-256 of the whole
/// request (address, model, words, pictures, schema, settings). A second run finds every answer; a folder of
/// answers replayed without a server is a recording.
class AnswerCache {
 public:
  /// @param folder empty: nothing is kept
  explicit AnswerCache(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::optional<Json> find(const std::string& key) const;  ///< a file that is no JSON object counts as absent
  void keep(const std::string& key, const Json& answer) const;
  bool is_on() const { return !folder_.empty(); }

 private:
  std::filesystem::path file_of(const std::string& key) const;
  std::filesystem::path folder_;
};

}  // namespace unidg::chat
