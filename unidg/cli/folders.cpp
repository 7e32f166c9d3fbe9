#include "unidg/cli/folders.h"

#include "unidg/core/error.h"

namespace unidg::cli {

void refuse_full(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (std::filesystem::exists(folder, ignored) && !std::filesystem::is_empty(folder, ignored))
    throw UsageError(folder.string(), ": is not empty; choose another folder or empty it");
}

}  // namespace unidg::cli
