#include <signal.h>

#include <cerrno>
#include <regex>
#include <system_error>

#include "unidg/dataset/gallery.h"
#include "unidg/generation/batch.h"

namespace unidg::generation {
namespace fs = std::filesystem;
namespace {

/// Temporary files of core/files.h whose process no longer lives.
void remove_leftovers(const fs::path& folder) {
  static const std::regex temporary(R"(.*\.tmp-(\d+)-\d+)");
  std::error_code ignored;
  std::vector<fs::path> leftovers;
  for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
    const auto name = entry.path().filename().string();
    std::smatch match;
    if (!std::regex_match(name, match, temporary)) continue;
    const auto process = static_cast<pid_t>(std::stol(match[1].str()));
    if (::kill(process, 0) != 0 && errno == ESRCH) leftovers.push_back(entry.path());
  }
  for (const auto& path : leftovers) fs::remove(path, ignored);
}

}  // namespace

fs::path finish_folder(const fs::path& folder) {
  remove_leftovers(folder);
  dataset::merge(folder);
  for (const auto& entry : dataset::read_manifest(folder))
    if (!entry.abnormal.empty()) return dataset::write_gallery(folder);
  return {};
}

}  // namespace unidg::generation
