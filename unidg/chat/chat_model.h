#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/image/image.h"

namespace unidg::chat {

/// A piece of a question: words, or one picture as PNG bytes.
struct Part {
  std::string words, png;
  static Part text(std::string words) { return {std::move(words), {}}; }
  static Part picture(const Image& image) { return {{}, encode_png(image)}; }
  static Part picture(const Mask& mask) { return {{}, encode_png(mask)}; }
};

/// One question to a multimodal model. Questions are independent: there is no conversation.
struct Question {
  std::string system;
  std::vector<Part> parts;  ///< in order
  Json schema;              ///< JSON schema of the answer (schema.h); null: any text will do
  std::string schema_name = "answer";
};

struct Answer {
  std::string content;  ///< as the model wrote it
  Json json;            ///< the object in it; null without a schema
  std::string model;    ///< as the server reported it
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
  bool is_cached = false;
};

/// What a model was asked so far. Answers from the cache cost nothing and count in `cached` alone.
struct Totals {
  std::int64_t requests = 0, retries = 0, cached = 0, failed = 0;
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
  double cost = 0;  ///< in the currency of the configured prices
};
Json to_json(const Totals& totals);

/// A model that looks at pictures and answers. Safe to ask from several threads.
class ChatModel {
 public:
  virtual ~ChatModel() = default;
  /// @throws ServiceError when no usable answer came, after all retries; UsageError when asking again cannot
  /// help (key, address, model name); Interrupted
  virtual Answer ask(const Question& question) = 0;
  virtual std::string name() const = 0;  ///< as configured
  virtual Totals totals() const = 0;
};

}  // namespace unidg::chat
