#pragma once

namespace unidg::cli {

/// Log lines go to standard error through spdlog; `warning:` and `error:` are coloured on a terminal unless
/// NO_COLOR is set.
void install_log_sink();

}  // namespace unidg::cli
