#include "unidg/chat/open_ai.h"

namespace unidg::chat {

void fields(FieldVisitor& visit, ChatConfig& c) {
  visit("base_url", c.base_url, any(), "address up to /v1 of an OpenAI-compatible server");
  visit("model", c.model, any(), "name of the model, as the server knows it");
  visit("key_variable", c.key_variable, any(),
        "environment variable with the API key; unset: no key is sent");
  visit("key_file", c.key_file, any(), "file that holds the API key alone, instead of the variable");
  visit("response_format", c.response_format, one_of({"schema", "json", "none"}),
        "what the server understands: JSON schema, JSON, neither");
  visit("temperature", c.temperature, in(-1, 2), "sampling temperature; below 0 the server's own");
  visit("max_tokens", c.max_tokens, in(0, 1e6), "longest answer; 0 the server's own limit");
  visit("timeout_s", c.timeout_s, above(0), "seconds until a request counts as lost");
  visit("attempts", c.attempts, in(1, 100), "tries per question when the server is busy or fails");
  visit("answer_attempts", c.answer_attempts, in(1, 100), "tries per question when the answer is unusable");
  visit("backoff_s", c.backoff_s, in(0, 600), "first pause; it doubles, and varies by half");
  visit("longest_wait_s", c.longest_wait_s, in(0, 3600), "longest pause, also when the server asks for more");
  visit("requests_per_minute", c.requests_per_minute, in(0, 1e6), "0 no limit");
  visit("concurrency", c.concurrency, in(1, 256), "questions in flight");
  visit("price_in", c.price_in, in(0, 1e6), "per million tokens of questions, for the sum of costs");
  visit("price_out", c.price_out, in(0, 1e6), "per million tokens of answers");
  visit("cache", c.cache, any(), "folder of answers: what is in it is not asked again");
  visit("replay", c.replay, any(), "answers come from the cache alone");
}

std::string base64(std::string_view bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) -> std::uint32_t {
      return i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0;
    };
    const auto group = at(0) << 16 | at(1) << 8 | at(2);
    const auto count = std::min<std::size_t>(bytes.size() - i, 3) + 1;  // digits before the padding
    for (std::size_t k = 0; k < 4; ++k) out += k < count ? digits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

Json request_body(const Question& question, const ChatConfig& config) {
  Json content = Json::array();
  for (const auto& part : question.parts) {
    if (part.png.empty())
      content.push_back({{"type", "text"}, {"text", part.words}});
    else
      content.push_back(
          {{"type", "image_url"}, {"image_url", {{"url", "data:image/png;base64," + base64(part.png)}}}});
  }
  Json messages = Json::array();
  if (!question.system.empty()) messages.push_back({{"role", "system"}, {"content", question.system}});
  messages.push_back({{"role", "user"}, {"content", content}});

  Json body = {{"model", config.model}, {"messages", messages}};
  if (config.temperature >= 0) body["temperature"] = config.temperature;
  if (config.max_tokens > 0) body["max_completion_tokens"] = config.max_tokens;
  if (question.schema.is_null() || config.response_format == "none") return body;
  body["response_format"] =
      config.response_format == "json"
          ? Json{{"type", "json_object"}}
          : Json{{"type", "json_schema"},
                 {"json_schema",
                  {{"name", question.schema_name}, {"strict", true}, {"schema", question.schema}}}};
  return body;
}

}  // namespace unidg::chat
