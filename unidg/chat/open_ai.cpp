#include "unidg/chat/open_ai.h"

#include <cstdlib>

#include "unidg/chat/answer.h"
#include "unidg/chat/http.h"
#include "unidg/core/files.h"
#include "unidg/core/log.h"

namespace unidg::chat {
namespace {

std::string read_key(const ChatConfig& config) {
  if (config.key_file.empty()) {
    const char* value = config.key_variable.empty() ? nullptr : std::getenv(config.key_variable.c_str());
    return value ? value : "";
  }
  std::string key = read_file(config.key_file, 1 << 16);
  const auto first = key.find_first_not_of(" \t\r\n"), last = key.find_last_not_of(" \t\r\n");
  if (first == std::string::npos)
    throw UsageError("key_file ", config.key_file, " is empty; it should hold the API key");
  key = key.substr(first, last - first + 1);
  if (key.find_first_of(" \t\r\n") != std::string::npos)
    throw UsageError("key_file ", config.key_file,
                     " holds more than one word; it should hold the API key alone");
  return key;
}

bool may_pass(long status) { return status == 408 || status == 409 || status == 429 || status >= 500; }

std::string excerpt(const std::string& body) {
  return body.size() > 300 ? body.substr(0, 300) + "..." : body;
}

/// What we need of a completion; nothing when it has another form.
std::optional<Answer> read_completion(const Json& completion) {
  const auto choices = completion.find("choices");
  if (choices == completion.end() || !choices->is_array() || choices->empty()) return std::nullopt;
  const auto message = choices->front().find("message");
  if (message == choices->front().end() || !message->is_object()) return std::nullopt;
  const auto content = message->find("content");
  if (content == message->end() || !content->is_string()) return std::nullopt;  // null after a refusal
  Answer answer;
  answer.content = content->get<std::string>();
  if (const auto model = completion.find("model"); model != completion.end() && model->is_string())
    answer.model = model->get<std::string>();
  if (const auto usage = completion.find("usage"); usage != completion.end() && usage->is_object()) {
    const auto tokens = [&](const char* name) -> std::int64_t {
      const auto found = usage->find(name);
      return found != usage->end() && found->is_number() ? found->get<std::int64_t>() : 0;
    };
    answer.prompt_tokens = tokens("prompt_tokens"), answer.completion_tokens = tokens("completion_tokens");
  }
  return answer;
}

/// Fills `answer.json`. @returns what is wrong with the answer, or ""
std::string check(Answer& answer, const Question& question) {
  if (question.schema.is_null()) return "";
  const auto json = find_json(answer.content);
  if (!json) return "no JSON object in the answer '" + excerpt(answer.content) + "'";
  answer.json = *json;
  return schema_problem(*json, question.schema);
}

}  // namespace

Json to_json(const Totals& t) {
  return {{"requests", t.requests},
          {"retries", t.retries},
          {"cached", t.cached},
          {"failed", t.failed},
          {"prompt_tokens", t.prompt_tokens},
          {"completion_tokens", t.completion_tokens},
          {"cost", t.cost}};
}

OpenAiChat::OpenAiChat(ChatConfig config)
    : config_(std::move(config)),
      cache_(config_.cache),
      pace_(config_.requests_per_minute),
      jitter_(0, "chat/jitter") {
  if (config_.model.empty()) throw UsageError("no chat model is named; pass its name as the server knows it");
  if (!config_.base_url.starts_with("http://") && !config_.base_url.starts_with("https://"))
    throw UsageError("base_url '", config_.base_url,
                     "' should begin with http:// or https:// and end before /chat/completions");
  while (config_.base_url.ends_with('/')) config_.base_url.pop_back();
  if (config_.replay && !cache_.is_on()) throw UsageError("replay needs a cache folder to replay from");
  if (!config_.replay) key_ = read_key(config_);
}

Totals OpenAiChat::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

void OpenAiChat::count(const Answer& answer) {
  const std::lock_guard lock(mutex_);
  totals_.prompt_tokens += answer.prompt_tokens, totals_.completion_tokens += answer.completion_tokens;
  totals_.cost += (static_cast<double>(answer.prompt_tokens) * config_.price_in +
                   static_cast<double>(answer.completion_tokens) * config_.price_out) /
                  1e6;
}

std::string OpenAiChat::without_key(std::string message) const {
  if (key_.empty()) return message;
  for (auto at = message.find(key_); at != std::string::npos; at = message.find(key_, at))
    message.replace(at, key_.size(), "[key]");
  return message;
}

void OpenAiChat::refuse(long status, const std::string& body) const {
  const auto said = without_key(excerpt(body));
  if (status == 401 || status == 403)
    throw UsageError(
        config_.base_url, ": the server refuses the API key (HTTP ", status, "). ",
        key_.empty()
            ? "None was sent: set the environment variable " + config_.key_variable + " or pass key_file."
            : "Check the key in " + (config_.key_file.empty() ? config_.key_variable : config_.key_file) +
                  ".",
        " It said: ", said);
  throw UsageError(config_.base_url, ": HTTP ", status, " for model '", config_.model,
                   "'. Check base_url (up to /v1) and the model's name; a server without JSON schemas needs "
                   "response_format json or none. It said: ",
                   said);
}

double OpenAiChat::pause(int attempt, const std::string& retry_after) {
  const std::lock_guard lock(mutex_);
  ++totals_.retries;
  const double own = backoff_seconds(attempt, config_.backoff_s, config_.longest_wait_s, jitter_.uniform());
  const double asked = retry_after_seconds(retry_after, std::chrono::system_clock::now()).value_or(0);
  return std::min(std::max(own, asked), config_.longest_wait_s);
}

Json OpenAiChat::fetch(const std::string& body) {
  HttpRequest request{
      config_.base_url + "/chat/completions", {"Content-Type: application/json"}, body, config_.timeout_s};
  if (!key_.empty()) request.headers.push_back("Authorization: Bearer " + key_);
  for (int attempt = 1;; ++attempt) {
    pace_.wait();
    std::string problem, retry_after;
    try {
      {
        const std::lock_guard lock(mutex_);
        ++totals_.requests;
      }
      const auto reply = http_post(request);
      if (reply.status == 200) {
        auto completion = Json::parse(without_key(reply.body), nullptr, /*allow_exceptions=*/false);
        if (completion.is_object()) return completion;
        problem = "the reply is no JSON: '" + excerpt(without_key(reply.body)) + "'";
      } else if (may_pass(reply.status)) {
        problem = text("HTTP ", reply.status, ": ", without_key(excerpt(reply.body)));
        if (const auto found = reply.headers.find("retry-after"); found != reply.headers.end())
          retry_after = found->second;
      } else {
        refuse(reply.status, reply.body);
      }
    } catch (const ServiceError& error) {
      problem = error.what();
    }
    if (attempt >= config_.attempts)
      throw ServiceError(config_.base_url, ": no answer after ", attempt, " attempts; the last: ", problem);
    const double seconds = pause(attempt, retry_after);
    log_debug(config_.model, ": ", problem, "; again in ", seconds, " s");
    wait_seconds(seconds);
  }
}

Answer OpenAiChat::ask(const Question& question) {
  const auto body = request_body(question, config_).dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto key = sha256_hex(config_.base_url + "\n" + body);
  if (const auto stored = cache_.find(key))
    if (auto answer = read_completion(*stored))
      if (check(*answer, question).empty()) {
        answer->is_cached = true;
        const std::lock_guard lock(mutex_);
        ++totals_.cached;
        return *answer;
      }
  if (config_.replay)
    throw ServiceError(config_.cache, ": holds no answer of ", config_.model, " to this question (",
                       key.substr(0, 16), "); run once without replay");

  std::string problem;
  try {
    for (int attempt = 1; attempt <= config_.answer_attempts; ++attempt) {
      const auto completion = fetch(body);
      auto answer = read_completion(completion);
      if (!answer) {
        problem = "the completion holds no message: '" + excerpt(completion.dump()) + "'";
        continue;
      }
      count(*answer);
      problem = check(*answer, question);
      if (!problem.empty()) continue;
      cache_.keep(key, completion);
      return *answer;
    }
    throw ServiceError(config_.model, " gave no usable answer in ", config_.answer_attempts,
                       " attempts: ", problem);
  } catch (const ServiceError&) {
    const std::lock_guard lock(mutex_);
    ++totals_.failed;
    throw;
  }
}

}  // namespace unidg::chat
