#pragma once
#include <filesystem>

namespace unidg::cli {

/// For commands that write a folder afresh. @throws UsageError naming the folder when something is in it
void refuse_full(const std::filesystem::path& folder);

}  // namespace unidg::cli
