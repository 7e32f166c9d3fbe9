#pragma once
#include <memory>
#include <mutex>

#include "unidg/chat/cache.h"
#include "unidg/chat/chat_model.h"
#include "unidg/chat/pace.h"
#include "unidg/core/rng.h"

namespace unidg::chat {

/// A server that speaks OpenAI's chat completions: OpenAI, Gemini's compatible address, vLLM, llama.cpp,
/// Ollama, LM Studio ... The key itself is never a setting, so it is in no config, log or result.
struct ChatConfig {
  std::string base_url = "https://api.openai.com/v1";
  std::string model;
  std::string key_variable = "OPENAI_API_KEY";  ///< environment variable that holds the key; may be unset
  std::string key_file;                         ///< or a file that holds nothing but the key
  std::string response_format = "schema";       ///< schema | json | none: what the server understands
  double temperature = -1;                      ///< below 0: the server's own; some models refuse any other
  std::int64_t max_tokens = 0;  ///< of the answer (max_completion_tokens); 0: the server's own
  double timeout_s = 300;
  std::int64_t attempts = 6;  ///< per question, for errors that may pass (408, 409, 429, 5xx, no reply)
  std::int64_t answer_attempts = 2;  ///< per question, for answers that do not fit the schema
  double backoff_s = 1, longest_wait_s = 120;
  double requests_per_minute = 0;      ///< 0: no limit
  std::int64_t concurrency = 4;        ///< questions in flight; used by those who ask many
  double price_in = 0, price_out = 0;  ///< per million tokens, for the sum of costs
  std::string cache;                   ///< folder of answers; empty: none
  bool replay = false;                 ///< answers come from the cache alone; no server is spoken to
};
void fields(FieldVisitor& visit, ChatConfig& c);

/// The body of a chat completion request; pictures as data URLs.
Json request_body(const Question& question, const ChatConfig& config);

class OpenAiChat : public ChatModel {
 public:
  /// Reads the key. @throws UsageError for an unset model, an address that is not http(s), a key file that is
  /// missing or empty, replay without a cache
  explicit OpenAiChat(ChatConfig config);
  Answer ask(const Question& question) override;
  std::string name() const override { return config_.model; }
  Totals totals() const override;
  const ChatConfig& config() const { return config_; }

 private:
  Json fetch(const std::string& body);  ///< a completion, after retries of what may pass
  double pause(int attempt, const std::string& retry_after);
  void count(const Answer& answer);
  std::string without_key(std::string message) const;
  [[noreturn]] void refuse(long status, const std::string& body) const;

  ChatConfig config_;
  std::string key_;
  AnswerCache cache_;
  Pace pace_;
  mutable std::mutex mutex_;
  Totals totals_;
  Rng jitter_;
};

/// "aGVsbG8=" (RFC 4648).
std::string base64(std::string_view bytes);

}  // namespace unidg::chat
