#include "unidg/conditioning/fill_pipeline.h"
#include "unidg/generation/parity_networks.h"

namespace unidg::generation {

namespace {

conditioning::FillOptions read_options(const ParityCase& parity) {
  const models::HubConfig json(parity.options, parity.path.string() + ": options");
  conditioning::FillOptions options;
  options.steps = static_cast<int>(json.integer("steps", 28));
  options.guidance = json.number("guidance", 30.0);
  const auto hole = json.word("hole", "grey");
  if (hole != "grey" && hole != "black")
    throw FormatError(parity.path.string(), ": option 'hole' is '", hole, "', expected grey or black.");
  options.hole = hole == "grey" ? 0.0 : -1.0;
  options.collapse_text = false;  // the reference carries all 512 tokens
  for (const auto& name : json.unread())
    parity.note("option '" + name + "' has no meaning for fill_pipeline");
  return options;
}

flow::ScheduleConfig read_schedule(const ParityCase& parity) {
  const auto stored = parity.config("scheduler");
  if (stored.empty()) return {};
  Json set = Json::object();  // what is off, absent or diffusers' default changes nothing
  for (const auto& [name, value] : stored.items())
    if (!value.is_null() && value != Json(false) && !(name == "time_shift_type" && value == "exponential"))
      set[name] = value;
  std::vector<std::string> notes;
  const auto config = flow::schedule_from_json(set, parity.where("scheduler"), &notes);
  for (const auto& line : notes) parity.note(line);
  return config;
}

Tensor chw(const Tensor& bytes) { return bytes.permute({2, 0, 1}).unsqueeze(0).to(torch::kFloat32); }

}  // namespace

Tensors run_fill_pipeline(const ParityCase& parity) {
  conditioning::FillPipeline pipeline;
  pipeline.transformer = parity_transformer(parity, "transformer");
  pipeline.vae = parity_vae(parity, models::VaeHalf::Both, "vae");
  pipeline.image_encoder = parity_image_encoder(parity, "image_encoder");
  pipeline.image_embedder = parity_embedder(parity, "image_embedder");
  const auto channels = pipeline.transformer->config().in_channels;
  const auto latent_channels = pipeline.vae->config().latent_channels;
  if (pipeline.vae->config().downscale() != 8 || channels != 8 * latent_channels + 256)
    throw FormatError(parity.where("vae"), ": an autoencoder of ", latent_channels, " channels and 1/",
                      pipeline.vae->config().downscale(), " of the size beside a transformer of ", channels,
                      " input channels; FLUX.1-Fill has 1/8 and 8 C + 256 (16 and 384).");

  auto options = read_options(parity);
  options.schedule = read_schedule(parity);
  conditioning::FillInput input;
  input.image = chw(parity.input("image", {-1, -1, 3})) / 127.5 - 1;
  const auto height = input.image.size(2), width = input.image.size(3);
  if (height % 16 != 0 || width % 16 != 0)
    throw FormatError(parity.path.string(), ": the diptych is ", width, " x ", height,
                      " but its sides must be multiples of 16.");
  const auto mask = parity.input("mask", {height, width});
  input.mask = (mask.unsqueeze(0).unsqueeze(0) >= 128).to(torch::kFloat32);
  input.reference = (chw(parity.input("reference", {-1, -1, 3})) / 255 - 0.5) / 0.5;
  input.noise = parity.input("noise", {1, height / 16 * (width / 16), 4 * latent_channels});

  const auto output = pipeline.run(input, options);
  const auto stored = parity.outputs.find("embeds");  // with or without the batch of one
  const bool is_bare = stored != parity.outputs.end() && stored->second.dim() == 2;
  return {{"embeds", is_bare ? output.embeds[0] : output.embeds},
          {"latent", output.latent},
          {"image", (output.image / 2 + 0.5).clamp(0, 1)[0]}};
}

}  // namespace unidg::generation
