#include "unidg/cli/agents_chat.h"

#include "unidg/core/error.h"

namespace unidg::cli {
namespace {

std::string nth(const std::vector<std::string>& values, std::size_t i, const std::string& fallback) {
  if (values.empty()) return fallback;
  return values.size() == 1 ? values.front() : values[i];
}

}  // namespace

void ChatFlags::declare(CLI::App& app, bool many) {
  add_list(app, "--model", models, "NAME",
           many ? "chat model, as the server knows it; may be repeated (default: measured)"
                : "chat model, as the server knows it (default: measured)");
  add_list(app, "--base-url", base_urls, "URL",
           "OpenAI-compatible server, up to /v1; once, or once for each model");
  add_list(app, "--key-variable", key_variables, "NAME",
           "environment variable with the API key (default OPENAI_API_KEY); once, or once for each model");
  add(app, "--cache", cache, "DIR", "keeps answers: what is in it is not asked again");
}

std::vector<std::unique_ptr<chat::OpenAiChat>> ChatFlags::clients(chat::ChatConfig config) const {
  for (const auto* values : {&base_urls, &key_variables})
    if (values->size() > 1 && values->size() != models.size())
      throw UsageError(
          "--base-url and --key-variable are given once for all models or once for each --model; found ",
          values->size(), " for ", models.size());
  if (!cache.empty()) config.cache = cache;
  std::vector<std::unique_ptr<chat::OpenAiChat>> out;
  for (std::size_t i = 0; i < models.size(); ++i) {
    auto own = config;
    own.model = models[i];
    own.base_url = nth(base_urls, i, config.base_url);
    own.key_variable = nth(key_variables, i, config.key_variable);
    out.push_back(std::make_unique<chat::OpenAiChat>(own));
  }
  return out;
}

}  // namespace unidg::cli
