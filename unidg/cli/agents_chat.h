#pragma once
#include "unidg/chat/open_ai.h"
#include "unidg/cli/config_flags.h"

namespace unidg::cli {

/// `--model`, `--base-url`, `--key-variable`, `--cache` of the commands that may ask chat models.
struct ChatFlags {
  std::vector<std::string> models, base_urls, key_variables;
  std::string cache;

  /// @param many whether several models may be named
  void declare(CLI::App& app, bool many);
  /// One client a model, in order. @throws UsageError when an option is given another number of times
  std::vector<std::unique_ptr<chat::OpenAiChat>> clients(chat::ChatConfig config) const;
};

}  // namespace unidg::cli
