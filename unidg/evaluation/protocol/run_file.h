#pragma once
#include <filesystem>

#include "unidg/evaluation/protocol/run.h"
#include "unidg/evaluation/protocol/sets.h"

namespace unidg::evaluation {

/// What run.json says (docs/formats.md). Decodes every product.
Json describe_run(const RunConfig& config, const RunOptions& options, Sets& sets);

/// @throws UsageError naming the first setting that differs: of the config, of a generator of the same name,
/// or a product's data
void refuse_other_run(const Json& stored, const Json& now, const std::filesystem::path& file);

/// Settings that decide a cell, for its hash.
Json deciding(const RunConfig& config, const Json& run, const Cell& cell);

}  // namespace unidg::evaluation
