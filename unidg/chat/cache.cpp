#include "unidg/chat/cache.h"

#include "unidg/core/files.h"

namespace unidg::chat {

std::filesystem::path AnswerCache::file_of(const std::string& key) const {
  return folder_ / key.substr(0, 2) / (key + ".json");
}

std::optional<Json> AnswerCache::find(const std::string& key) const {
  std::error_code ignored;
  if (!is_on() || !std::filesystem::is_regular_file(file_of(key), ignored)) return std::nullopt;
  auto stored = Json::parse(read_file(file_of(key)), nullptr, /*allow_exceptions=*/false);
  if (!stored.is_object()) return std::nullopt;
  return stored;
}

void AnswerCache::keep(const std::string& key, const Json& answer) const {
  if (is_on()) write_file_atomic(file_of(key), answer.dump(2) + "\n");
}

}  // namespace unidg::chat
