#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace unidg::generation {

/// How one output compares with the stored one.
struct ParityOutput {
  std::string name;
  double absolute = 0;  ///< max |ours - stored|
  double relative = 0;  ///< the same over max(max |stored|, 1e-12)
  std::string problem;  ///< why there is nothing to compare: missing, extra, another shape, NaN or infinity
};

struct ParityReport {
  std::filesystem::path path;
  std::string network;
  double tolerance = 0;
  std::vector<ParityOutput> outputs;
  std::vector<std::string> notes;  ///< fields, inputs and weights that had no effect

  bool passed(const ParityOutput& output) const {
    return output.problem.empty() && output.relative <= tolerance;
  }
  /// Every output of the network is stored, finite, of our shape and within the tolerance; and no other is
  /// stored.
  bool passed() const;
};

/// Runs a parity case (docs/formats.md, "Parity cases"): our network on the stored weights and inputs against
/// the stored outputs, in fp32 on the CPU. Networks: flux_transformer, vae_encode, vae_decode, siglip, redux,
/// fill_pipeline.
/// @param tolerance largest relative error that passes
/// @throws FormatError when the file is no parity case, an input is missing or misshapen, or config and
/// weights contradict each other
ParityReport run_parity(const std::filesystem::path& path, double tolerance = 1e-4);

/// The report as text: one line per note and output, then the verdict.
std::string describe(const ParityReport& report);

}  // namespace unidg::generation
