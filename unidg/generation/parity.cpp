#include "unidg/generation/parity.h"

#include <algorithm>
#include <functional>
#include <iomanip>
#include <sstream>

#include "unidg/core/names.h"
#include "unidg/generation/parity_networks.h"

namespace unidg::generation {

namespace {

Tensors run_transformer(const ParityCase& parity) {
  auto net = parity_transformer(parity);
  const auto& c = net->config();
  const auto image = parity.input("hidden_states", {-1, -1, c.in_channels});
  const auto batch = image.size(0), pixels = image.size(1);
  const auto text = parity.input("encoder_hidden_states", {batch, -1, c.joint_dim});
  const auto pooled = parity.input("pooled", {batch, c.pooled_dim});
  const auto sigma = parity.input("timestep", {batch});
  const auto guidance = c.guidance_embeds ? parity.input("guidance", {batch}) : Tensor();
  const auto img_ids = parity.input("img_ids", {pixels, 3}),
             txt_ids = parity.input("txt_ids", {text.size(1), 3});
  models::JointContext context{net->rope(txt_ids, img_ids), {}};
  if (parity.has_input("key_weights"))
    context.log_key_weight = parity.input("key_weights", {batch, text.size(1) + pixels}).log();
  return {{"velocity", net(image, text, net->modulations(sigma, guidance, pooled), context)}};
}

Tensors run_vae_encode(const ParityCase& parity) {
  auto vae = parity_vae(parity, models::VaeHalf::Encoder);
  const auto posterior = vae->encode(parity.input("image", {-1, vae->config().in_channels, -1, -1}));
  return {{"mean", posterior.mean}, {"logvar", posterior.logvar}};
}

Tensors run_vae_decode(const ParityCase& parity) {
  auto vae = parity_vae(parity, models::VaeHalf::Decoder);
  return {{"image", vae->decode(parity.input("latent", {-1, vae->config().latent_channels, -1, -1}))}};
}

Tensors run_siglip(const ParityCase& parity) {
  auto net = parity_image_encoder(parity);
  const auto pixels = parity.input("pixel_values", {-1, net->config().num_channels, -1, -1});
  return {{"last_hidden_state", net(pixels)}};
}

Tensors run_redux(const ParityCase& parity) {
  auto net = parity_embedder(parity);
  return {{"embeds", net(parity.input("features", {-1, -1, net->redux_up->in_features}))}};
}

const std::map<std::string, std::function<Tensors(const ParityCase&)>>& networks() {
  static const std::map<std::string, std::function<Tensors(const ParityCase&)>> table = {
      {"flux_transformer", run_transformer},
      {"vae_encode", run_vae_encode},
      {"vae_decode", run_vae_decode},
      {"siglip", run_siglip},
      {"redux", run_redux},
      {"fill_pipeline", run_fill_pipeline},
  };
  return table;
}

ParityOutput compare(const std::string& name, const Tensor& ours, const Tensor& stored) {
  ParityOutput out;
  out.name = name;
  if (ours.sizes() != stored.sizes()) {
    out.problem = text("ours is ", ours.sizes(), ", stored is ", stored.sizes());
    return out;
  }
  const auto a = ours.to(torch::kFloat64), b = stored.to(torch::kFloat64);
  const auto is_finite = [](const Tensor& t) { return torch::isfinite(t).all().item<bool>(); };
  if (!is_finite(a)) out.problem = "ours holds NaN or infinity";
  if (!is_finite(b)) out.problem = "the stored one holds NaN or infinity";
  if (!out.problem.empty() || a.numel() == 0) return out;
  out.absolute = (a - b).abs().max().item<double>();
  out.relative = out.absolute / std::max(b.abs().max().item<double>(), 1e-12);
  return out;
}

}  // namespace

bool ParityReport::passed() const {
  return !outputs.empty() &&
         std::all_of(outputs.begin(), outputs.end(), [&](const auto& o) { return passed(o); });
}

ParityReport run_parity(const std::filesystem::path& path, double tolerance) {
  torch::NoGradGuard no_grad;
  const auto parity = ParityCase::open(path);
  const auto runner = networks().find(parity.network);
  if (runner == networks().end()) {
    std::string known;
    for (const auto& [name, run] : networks()) known += (known.empty() ? "" : ", ") + name;
    throw FormatError(path.string(), ": network '", parity.network, "' is unknown; expected one of ", known,
                      ".");
  }
  const auto ours = runner->second(parity);

  ParityReport report;
  report.path = path;
  report.network = parity.network;
  report.tolerance = tolerance;
  for (const auto& [name, tensor] : ours) {
    const auto stored = parity.outputs.find(name);
    report.outputs.push_back(stored == parity.outputs.end() ? ParityOutput{name, 0, 0, "missing in the case"}
                                                            : compare(name, tensor, stored->second));
  }
  for (const auto& [name, tensor] : parity.outputs)
    if (!ours.contains(name)) report.outputs.push_back({name, 0, 0, parity.network + " has no such output"});
  report.notes = parity.notes();
  return report;
}

std::string describe(const ParityReport& report) {
  std::ostringstream out;
  out << report.path.string() << ": " << report.network << "\n";
  for (const auto& note : report.notes) out << "  note: " << note << "\n";
  for (const auto& output : report.outputs) {
    out << "  " << std::left << std::setw(18) << output.name << " ";
    if (output.problem.empty())
      out << std::scientific << std::setprecision(2) << "absolute " << output.absolute << "  relative "
          << output.relative << (report.passed(output) ? "" : "  too large");
    else
      out << output.problem;
    out << "\n";
  }
  out << (report.passed() ? "  passed" : "  FAILED") << " at a tolerance of " << std::scientific
      << std::setprecision(2) << report.tolerance << "\n";
  return out.str();
}

}  // namespace unidg::generation
