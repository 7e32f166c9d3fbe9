#include <iomanip>
#include <sstream>

#include "unidg/agents/inpaint/patch_inpainter.h"
#include "unidg/agents/verify/planted.h"
#include "unidg/cli/agents_items.h"
#include "unidg/cli/commands.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/procedural/procedural.h"

namespace unidg::cli {
namespace {

struct AgentsCheckOptions {
  AgentInputs inputs;
  std::int64_t procedural = 0, size = 256;
  std::uint64_t seed = 0;
};

std::vector<agents::Triplet> drawn(const AgentsCheckOptions& options) {
  std::vector<agents::Triplet> out;
  const int side = static_cast<int>(options.size);
  for (std::int64_t i = 0; i < options.procedural; ++i) {
    auto q = procedural::draw("", "", side, side, options.seed + static_cast<std::uint64_t>(i));
    out.push_back({std::move(q.abnormal), std::move(q.mask), std::move(q.normal), text("drawn-", i),
                   q.product, q.defect});
  }
  return out;
}

/// With the normal picture that is given, else an inpainted one; photos without either are left out.
std::vector<agents::Triplet> photographed(const AgentsCheckOptions& options,
                                          const agents::Inpainter& inpainter) {
  std::vector<agents::Triplet> out;
  const auto items = options.inputs.items("check");
  Progress progress("inpaint", static_cast<std::int64_t>(items.size()));
  for (const auto& item : items) {
    progress.advance();
    if (interrupted()) break;
    if (!item.normal.empty()) {
      out.push_back(load_triplet(item));
      continue;
    }
    agents::Triplet t{load_image(item.abnormal), load_mask(item.mask), {}, item.id, item.object, item.type};
    if (t.mask.is_empty()) continue;
    auto painted = inpainter.inpaint({t.abnormal, t.mask, {}, options.seed, item.id});
    if (!painted.problem.empty()) continue;
    t.normal = std::move(painted.normal);
    out.push_back(std::move(t));
  }
  return out;
}

std::string to_text(const agents::VerifierCheck& check) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(1);
  const auto line = [&](const std::string& name, std::size_t rejected, std::size_t tried) {
    out << std::left << std::setw(14) << name << std::right << std::setw(6) << rejected << " of "
        << std::setw(6) << tried << " rejected" << std::setw(8)
        << (tried == 0 ? 0.0 : 100.0 * static_cast<double>(rejected) / static_cast<double>(tried)) << " %\n";
  };
  line("sound", check.sound_rejected, check.sound);
  for (const auto& name : agents::planted_faults())
    if (const auto found = check.faults.find(name); found != check.faults.end())
      line(name, found->second.rejected, found->second.tried);
  auto lines = out.str();
  lines.pop_back();
  return lines;
}

Exit run(const AgentsCheckOptions& options, const Console& console) {
  const bool has_photos = !options.inputs.corpus.empty() || !options.inputs.image.empty();
  if ((options.procedural > 0) == has_photos)
    throw UsageError(
        "unidg agents check needs --procedural N, or photos (--corpus, or --image with --mask), one of them");
  const agents::PatchInpainter inpainter;
  const auto triplets = has_photos ? photographed(options, inpainter) : drawn(options);
  agents::MeasuringCaptioner captioner;
  agents::MeasuringVerifier verifier;
  agents::VerifierCheck check;
  Progress progress("check", static_cast<std::int64_t>(triplets.size()));
  for (std::size_t i = 0; i < triplets.size() && !interrupted(); ++i) {
    Rng rng(options.seed, triplets[i].id);
    check_verifier(check, captioner, verifier, {}, inpainter, triplets[i],
                   triplets[(i + triplets.size() / 2) % triplets.size()], rng);
    progress.advance();
  }
  console.result(to_json(check), to_text(check));
  return interrupted() ? Exit::Interrupted : Exit::Ok;
}

}  // namespace

Action agents_check(CLI::App& app) {
  app.description(
      "Puts the embedded verifier on trial: sound triplets it refuses, planted faults it notices.");
  auto options = std::make_shared<AgentsCheckOptions>();
  options->inputs.declare(app, false, false);
  add(app, "--procedural", options->procedural, "N", "instead of photos: drawn specimens");
  add(app, "--size", options->size, "PX", "side of the drawn ones (default 256)");
  add(app, "--seed", options->seed, "S", "first specimen, and what is planted where (default 0)")
      ->check(CLI::NonNegativeNumber);
  app.footer(
      "Sound: triplets as they are; with photos that bring no normal picture, an inpainted one. Faults "
      "(docs/data.md)\n"
      "are planted into every triplet that was accepted.\n"
      "Example:\n"
      "  unidg agents check --procedural 200 --seed 1000");
  return [options](const Console& console) { return run(*options, console); };
}

}  // namespace unidg::cli
