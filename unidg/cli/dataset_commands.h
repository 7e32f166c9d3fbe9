#pragma once
#include "unidg/cli/program.h"

/// The subcommands of `unidg dataset`.
namespace unidg::cli {

Action dataset_import(CLI::App& app);
Action dataset_validate(CLI::App& app);
Action dataset_stats(CLI::App& app);
Action dataset_taxonomy(CLI::App& app);
Action dataset_split(CLI::App& app);
Action dataset_dedupe(CLI::App& app);
Action dataset_export(CLI::App& app);
Action dataset_browse(CLI::App& app);
Action dataset_apply(CLI::App& app);
Action dataset_mmad_context(CLI::App& app);
Action dataset_mmad_score(CLI::App& app);

}  // namespace unidg::cli
