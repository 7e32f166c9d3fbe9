#pragma once
#include <string>

#include "unidg/cli/config_flags.h"
#include "unidg/cli/program.h"
#include "unidg/generation/batch.h"

namespace unidg::cli {

/// The flags of every command that paints a batch of pictures.
struct BatchOptions {
  std::string reference, reference_mask, references, scenes, masks, manifest, out;
  std::string shard = "1/1", layout = "quadruplet";
  std::int64_t count = 1, test_good = 0;
  std::uint64_t seed = 0;
  bool is_dry_run = false, no_metadata = false;
  ConfigFlags settings;

  void declare(CLI::App& app);
  generation::BatchRequest request() const;
  dataset::WriterConfig writer(dataset::PixelSource source) const;
};

/// Refuses an --out that cannot hold labelled pictures, and --test-good in a layout without it.
/// @throws UsageError
void check_output(const BatchOptions& options, const std::string& command);

/// What a dry run can say of the memory; nothing for generators without networks.
struct Need {
  std::uint64_t bytes = 0;
  std::int64_t parameters = 0;
};

/// Counts, checks every input and prints; writes nothing. @throws InputError naming all that is wrong
Exit dry_run(const BatchOptions& options, const generation::Plan& plan, const std::optional<Need>& need,
             const Console& console);

/// Paints the plan, writes it, ends the folder and prints the result.
/// @param provenance what every PNG tells besides its own item
Exit paint_plan(const BatchOptions& options, const generation::Plan& plan,
                const generation::Generator& generator, const dataset::MaskConfig& masks,
                const Json& provenance, const Console& console);

}  // namespace unidg::cli
