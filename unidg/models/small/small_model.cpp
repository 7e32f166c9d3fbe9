#include "unidg/models/small/small_model.h"

#include "unidg/core/files.h"
#include "unidg/flow/packing.h"
#include "unidg/flow/residual.h"

namespace unidg::models {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kJointWidth = 128;  // J: width of text and Redux tokens

std::map<std::string, Tensor> state(const torch::nn::Module& network, torch::ScalarType dtype) {
  std::map<std::string, Tensor> out;
  for (const auto& item : network.named_parameters())
    out[item.key()] = item.value().detach().to(torch::kCPU, dtype);
  return out;
}

Json read_json(const fs::path& path) { return parse_json(read_file(path, 1 << 20), path.string()); }

}  // namespace

void fields(FieldVisitor& visit, SmallSettings& s) {
  visit("size", s.size, in(32, 1024), "side of one diptych half in training, pixels");
  visit("start", s.start, in(0.01, 1.0), "t0 of the guided start");
  visit("steps", s.steps, in(1, 1000), "Euler steps");
  visit("t_max", s.t_max, in(0.01, 1.0), "largest noise level seen in training");
  visit("plain", s.plain, any(), "trained without a reference half");
  visit("smooth", s.smooth, in(0, 64), "Gaussian over what the networks change, model pixels");
  visit("trained_steps", s.trained_steps, any(), "optimizer steps");
  visit("trained_samples", s.trained_samples, any(), "training samples seen");
}

FluxConfig SmallModel::default_transformer(const LinearCodec& codec) {
  const auto features = 4 * codec.channels();
  return {.in_channels = 2 * features + 256,
          .out_channels = features,
          .layers = 2,
          .single_layers = 6,
          .head_dim = 64,
          .heads = 4,
          .joint_dim = kJointWidth,
          .pooled_dim = 8,
          .guidance_embeds = false,
          .axes = {16, 24, 24}};
}

SiglipConfig SmallModel::default_encoder() {
  SiglipConfig c;
  c.hidden_size = 128;
  c.intermediate_size = 512;
  c.num_hidden_layers = 4;
  c.num_attention_heads = 4;
  c.image_size = 128;
  c.patch_size = 32;
  return c;
}

SmallModel SmallModel::create(std::shared_ptr<LinearCodec> codec, Tensor deviation, std::uint64_t seed,
                              const FluxConfig& transformer, const SiglipConfig& encoder,
                              const SmallSettings& settings) {
  const Scope noise(weights::noise_source(seed));
  SmallModel m;
  m.codec = std::move(codec);
  m.deviation = std::move(deviation);
  m.settings = settings;
  m.transformer = FluxTransformer(noise["transformer"], transformer);
  m.image_encoder = SiglipVision(noise["image_encoder"], encoder);
  m.image_embedder =
      ReduxEmbedder(noise["image_embedder"], ReduxConfig{encoder.hidden_size, transformer.joint_dim});
  torch::NoGradGuard no_grad;
  m.transformer->proj_out->weight.zero_();
  m.transformer->proj_out->bias.zero_();
  // Blocks start as the identity (adaLN-zero): every modulation but the final one is zero at first.
  for (auto& item : m.transformer->named_parameters())
    if (item.key().find("norm1") != std::string::npos || item.key().ends_with(".norm.linear.weight") ||
        item.key().starts_with("norm_out"))
      item.value().zero_();
  return m;
}

std::string model_digest(const fs::path& folder) {
  return sha256_hex(read_file(folder / "transformer/diffusion_pytorch_model.safetensors"));
}

SmallModel SmallModel::load(const fs::path& folder, const weights::DtypePolicy& policy) {
  const auto index = read_json(folder / "model_index.json");
  if (index.value("_class_name", "") != "UnidgSmallModel")
    throw FormatError((folder / "model_index.json").string(), ": '_class_name' is ",
                      index.contains("_class_name") ? index["_class_name"].dump() : "absent",
                      " but a small model says \"UnidgSmallModel\"");
  SmallModel m;
  if (index.contains("unidg"))
    read_fields(m.settings, index["unidg"], (folder / "model_index.json").string());
  const auto scope = [&](const char* part, const weights::DtypePolicy& p) {
    return Scope(weights::open_source(folder / part), p);
  };
  const Scope codec_scope = scope("codec", {});
  m.codec = std::make_shared<LinearCodec>(codec_scope);
  m.deviation = codec_scope.take("residual.deviation", {4 * m.codec->channels()});
  codec_scope.require_all_used();
  const Scope flux = scope("transformer", policy);
  m.transformer = FluxTransformer(flux, flux_config_from_json(read_json(folder / "transformer/config.json"),
                                                              (folder / "transformer/config.json").string()));
  flux.require_all_used();
  const Scope encoder = scope("image_encoder", policy);
  m.image_encoder =
      SiglipVision(encoder, SiglipConfig::read({read_json(folder / "image_encoder/config.json"),
                                                (folder / "image_encoder/config.json").string()}));
  encoder.require_all_used();
  const Scope embedder = scope("image_embedder", policy);
  m.image_embedder = ReduxEmbedder(embedder, ReduxConfig::infer(embedder));
  embedder.require_all_used();
  return m;
}

void SmallModel::save(const fs::path& folder, torch::ScalarType dtype,
                      const std::map<std::string, std::string>& metadata) const {
  auto codec_tensors = codec->tensors();
  codec_tensors["residual.deviation"] = deviation.to(torch::kCPU);
  weights::save_safetensors(folder / "codec/model.safetensors", codec_tensors, metadata);
  weights::save_safetensors(folder / "transformer/diffusion_pytorch_model.safetensors",
                            state(*transformer, dtype), metadata);
  weights::save_safetensors(folder / "image_encoder/model.safetensors", state(*image_encoder, dtype),
                            metadata);
  weights::save_safetensors(folder / "image_embedder/diffusion_pytorch_model.safetensors",
                            state(*image_embedder, dtype), metadata);
  write_file_atomic(folder / "transformer/config.json", to_json(transformer->config()).dump(2) + "\n");
  const auto& e = image_encoder->config();
  const Json encoder_json = {{"model_type", "siglip_vision_model"},
                             {"hidden_size", e.hidden_size},
                             {"intermediate_size", e.intermediate_size},
                             {"num_hidden_layers", e.num_hidden_layers},
                             {"num_attention_heads", e.num_attention_heads},
                             {"num_channels", e.num_channels},
                             {"image_size", e.image_size},
                             {"patch_size", e.patch_size},
                             {"layer_norm_eps", e.layer_norm_eps},
                             {"hidden_act", e.hidden_act}};
  write_file_atomic(folder / "image_encoder/config.json", encoder_json.dump(2) + "\n");
  const Json index = {{"_class_name", "UnidgSmallModel"}, {"unidg", echo_fields(settings)}};
  write_file_atomic(folder / "model_index.json", index.dump(2) + "\n");
}

SmallCondition SmallModel::condition(const Tensor& guess, const Tensor& mask, const Tensor& reference) {
  const auto b = guess.size(0), rows = guess.size(2) / 16, columns = guess.size(3) / 16;
  SmallCondition c;
  c.guess = flow::pack_latents(codec->encode(guess));
  c.mask = flow::pack_mask(mask);
  c.tokens = torch::zeros({b, 1, transformer->config().joint_dim}, guess.options());
  if (reference.defined()) {
    const auto side = image_encoder->config().image_size;
    const auto view =
        reference.size(2) == side ? reference : torch::adaptive_avg_pool2d(reference, {side, side});
    c.tokens = torch::cat({c.tokens, image_embedder(image_encoder(view))}, 1);  // [B, 1 + N, J]
  }
  c.context.rope = transformer->rope(torch::zeros({c.tokens.size(1), 3}), flow::position_ids(rows, columns))
                       .to(guess.device());
  return c;
}

Tensor SmallModel::raw(const Tensor& r_t, const Tensor& input_scale, const Tensor& t,
                       const SmallCondition& condition) {
  const auto input =
      torch::cat({r_t * input_scale, condition.guess, condition.mask}, 2);  // [B, L, 2 F + 256]
  return transformer(input, condition.tokens, transformer->modulations(t, t), condition.context);
}

Tensor SmallModel::estimate(const Tensor& x_t, const Tensor& t, const SmallCondition& condition) {
  const auto scales = flow::residual_scales(t, deviation);
  const auto r_t = flow::residual_of(x_t, condition.guess, t);
  return flow::residual_estimate(raw(r_t, scales.in, t, condition), condition.guess, r_t, scales);
}

void SmallModel::to(torch::Device device) {
  codec->to(device);
  deviation = deviation.to(device);
  transformer->to(device);
  image_encoder->to(device);
  image_embedder->to(device);
}

std::int64_t SmallModel::parameter_count() const {
  std::int64_t count = 0;
  for (const torch::nn::Module* network : {static_cast<const torch::nn::Module*>(transformer.get()),
                                           static_cast<const torch::nn::Module*>(image_encoder.get()),
                                           static_cast<const torch::nn::Module*>(image_embedder.get())})
    for (const auto& p : network->parameters()) count += p.numel();
  return count;
}

}  // namespace unidg::models
