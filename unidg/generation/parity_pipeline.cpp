#include "unidg/flow/packing.h"
#include "unidg/flow/sampler.h"
#include "unidg/flow/schedule.h"
#include "unidg/generation/parity_networks.h"

namespace unidg::generation {

namespace {

constexpr std::int64_t kTextTokens = 512;

struct PipelineOptions {
  int steps;
  double guidance;
  bool is_hole_black;
};

PipelineOptions read_options(const ParityCase& parity) {
  const models::HubConfig json(parity.options, parity.path.string() + ": options");
  PipelineOptions options{static_cast<int>(json.integer("steps", 28)), json.number("guidance", 30.0), false};
  const auto hole = json.word("hole", "grey");
  if (hole != "grey" && hole != "black")
    throw FormatError(parity.path.string(), ": option 'hole' is '", hole, "', expected grey or black.");
  options.is_hole_black = hole == "black";
  for (const auto& name : json.unread())
    parity.note("option '" + name + "' has no meaning for fill_pipeline");
  return options;
}

flow::ScheduleConfig read_schedule(const ParityCase& parity) {
  const auto stored = parity.config("scheduler");
  if (stored.empty()) return {};
  Json set = Json::object();  // what is off, absent or diffusers' only other value changes nothing
  for (const auto& [name, value] : stored.items())
    if (!value.is_null() && value != Json(false) && !(name == "time_shift_type" && value == "exponential"))
      set[name] = value;
  std::vector<std::string> notes;
  const auto config = flow::schedule_from_json(set, parity.where("scheduler"), &notes);
  for (const auto& line : notes) parity.note(line);
  return config;
}

Tensor chw(const Tensor& u8) { return u8.permute({2, 0, 1}).unsqueeze(0).to(torch::kFloat32); }

}  // namespace

Tensors run_fill_pipeline(const ParityCase& parity) {
  const auto options = read_options(parity);
  const auto schedule = read_schedule(parity);
  auto transformer = parity_transformer(parity, "transformer");
  auto vae = parity_vae(parity, models::VaeHalf::Both, "vae");
  auto image_encoder = parity_image_encoder(parity, "image_encoder");
  auto image_embedder = parity_embedder(parity, "image_embedder");
  const auto cell = vae->config().downscale(), side = image_encoder->config().image_size;

  // Reference: pixels in [-1, 1] to Redux tokens, behind 512 zero text tokens.
  const auto reference = parity.input("reference", {side, side, 3});
  const auto embeds = image_embedder(image_encoder((chw(reference) / 255 - 0.5) / 0.5));  // [1, N, J]
  const auto text = torch::cat({torch::zeros({1, kTextTokens, embeds.size(2)}), embeds}, 1);

  // Condition: the diptych without what is to be painted, then the mask, both as tokens (flux.md 1.5).
  const auto image = chw(parity.input("image", {-1, -1, 3})) / 127.5 - 1;
  const auto height = image.size(2), width = image.size(3);
  if (height % (2 * cell) != 0 || width % (2 * cell) != 0)
    throw FormatError(parity.path.string(), ": the diptych is ", width, " x ", height,
                      " but its sides must be multiples of ", 2 * cell, ".");
  const auto stored_mask = parity.input("mask", {height, width});
  const auto mask = (stored_mask.unsqueeze(0).unsqueeze(0) >= 128).to(torch::kFloat32);
  const auto masked = image * (1 - mask) - (options.is_hole_black ? mask : torch::zeros_like(mask));
  const auto kept = flow::pack_latents(vae->scaled(vae->encode(masked).mean));  // posterior mean
  const auto paint = flow::pack_latents(torch::pixel_unshuffle(mask, cell));
  const auto rows = height / (2 * cell), columns = width / (2 * cell), tokens = rows * columns;

  // Euler from pure noise along the shifted schedule (Eq. 2).
  const auto levels = flow::sigmas(options.steps, tokens, schedule);
  const models::JointContext context{
      transformer->rope(torch::zeros({text.size(1), 3}), flow::position_ids(rows, columns)), {}};
  const auto velocity = [&](const Tensor& x, int, double sigma) {
    const auto rows_of_step =
        transformer->modulations(torch::full({1}, sigma), torch::full({1}, options.guidance),
                                 torch::zeros({1, transformer->config().pooled_dim}));
    return transformer(torch::cat({x, kept, paint}, -1), text, rows_of_step, context);
  };
  const auto noise = parity.input("noise", {1, tokens, kept.size(2)});
  const auto latent = flow::sample(velocity, noise, levels);

  const auto grid = flow::unpack_latents(latent, height / cell, width / cell);
  const auto picture = (vae->decode(vae->unscaled(grid)) / 2 + 0.5).clamp(0, 1);
  return {{"embeds", embeds}, {"latent", latent}, {"image", picture[0]}};
}

}  // namespace unidg::generation
