#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "unidg/agents/caption/captioner.h"
#include "unidg/cli/config_flags.h"
#include "unidg/cli/program.h"

namespace unidg::cli {

/// One photo of a batch and the files that belong to it; "" where there is none.
struct AgentItem {
  std::string id;  ///< path relative to the folder, without extension, '/' between folders
  std::filesystem::path abnormal, mask, normal, caption;
  std::string object, type;
};

/// `--image`, `--mask`, `--normal`, `--captions`, `--corpus`: files, folders paired by name, or a corpus
/// manifest.
struct AgentInputs {
  std::string image, mask, normal, captions, corpus, dataset;
  std::string object, type;
  std::int64_t count = 0;

  /// @param with_normal, with_captions whether the command needs them
  void declare(CLI::App& app, bool with_normal, bool with_captions);
  /// Sorted by id. @throws UsageError for contradicting flags, InputError for photos without their mask,
  /// normal picture or caption, naming them
  std::vector<AgentItem> items(const std::string& command) const;

 private:
  bool with_normal_ = false, with_captions_ = false;
};

/// @throws InputError when a file cannot be read or sizes differ
agents::Triplet load_triplet(const AgentItem& item);

/// What a batch came to; skipped: finished by an earlier run.
struct AgentReport {
  std::size_t planned = 0, made = 0, skipped = 0;
  std::vector<std::pair<std::string, std::string>> failed;  ///< id, reason
};
Json to_json(const AgentReport& report);

/// Calls `work` for every item, `workers` at a time, until Ctrl+C. Input errors are failures of that item
/// alone.
/// @param work returns false when there was nothing left to do
AgentReport run_items(const std::string& what, const std::vector<AgentItem>& items, int workers,
                      const std::function<bool(const AgentItem&)>& work);
/// Prints the report, warns of failures. @returns Ok, Partial, or Interrupted
/// @throws InputError when everything failed
Exit finish_items(const AgentReport& report, Json result, const std::string& plain, const Console& console);

/// Where the result of an item lies: `folder/id.extension`.
std::filesystem::path result_path(const std::string& folder, const AgentItem& item,
                                  const std::string& extension);

}  // namespace unidg::cli
