#include "unidg/models/vae/config.h"

#include <algorithm>

namespace unidg::models {

namespace {

void require_blocks(const HubConfig& json, const std::string& name, const std::string& kind,
                    std::size_t levels) {
  const auto kinds = json.words(name, std::vector<std::string>(levels, kind));
  if (kinds.size() != levels)
    throw FormatError(json.where(), ": '", name, "' has ", kinds.size(),
                      " entries but 'block_out_channels' has ", levels, "; both list one per level.");
  for (const auto& found : kinds)
    if (found != kind)
      throw FormatError(json.where(), ": '", name, "' asks for ", found, "; this autoencoder knows ", kind,
                        " only.");
}

std::int64_t count_list(const weights::Scope& w, const std::string& list, const std::string& witness) {
  std::int64_t count = 0;
  while (w[list][std::to_string(count)].contains(witness)) ++count;
  return count;
}

std::vector<std::int64_t> shape_of(const weights::Scope& w, const std::string& name) {
  return w.source().shape(w.prefix() + name);
}

}  // namespace

VaeConfig VaeConfig::tiny() {
  VaeConfig c;
  c.latent_channels = 4;
  c.block_out_channels = {8, 16};
  c.layers_per_block = 1;
  c.norm_num_groups = 4;
  return c;
}

VaeConfig VaeConfig::read(const HubConfig& json) {
  VaeConfig c;
  c.in_channels = json.integer("in_channels", 3);
  c.out_channels = json.integer("out_channels", 3);
  c.latent_channels = json.integer("latent_channels", 4);
  c.block_out_channels = json.integers("block_out_channels", {64});
  c.layers_per_block = json.integer("layers_per_block", 1);
  c.norm_num_groups = json.integer("norm_num_groups", 32);
  c.act_fn = json.word("act_fn", "silu");
  c.mid_block_add_attention = json.flag("mid_block_add_attention", true);
  c.use_quant_conv = json.flag("use_quant_conv", true);
  c.use_post_quant_conv = json.flag("use_post_quant_conv", true);
  c.scaling_factor = json.number("scaling_factor", 0.18215);
  c.shift_factor = json.number("shift_factor", 0.0);
  if (c.block_out_channels.empty() || c.block_out_channels.size() > 16)
    throw FormatError(json.where(), ": 'block_out_channels' needs 1 to 16 levels, found ",
                      c.block_out_channels.size(), ".");
  require_blocks(json, "down_block_types", "DownEncoderBlock2D", c.block_out_channels.size());
  require_blocks(json, "up_block_types", "UpDecoderBlock2D", c.block_out_channels.size());
  for (const auto channels : c.block_out_channels)
    if (channels % c.norm_num_groups != 0)
      throw FormatError(json.where(), ": ", channels, " channels of 'block_out_channels' do not split into ",
                        c.norm_num_groups, " groups ('norm_num_groups').");
  json.ignore({"sample_size", "force_upcast", "latents_mean", "latents_std"});
  return c;
}

VaeConfig VaeConfig::infer(const weights::Scope& w) {
  VaeConfig c;
  const auto encoder = w["encoder"], decoder = w["decoder"];
  const bool has_encoder = encoder.contains("conv_in.weight"),
             has_decoder = decoder.contains("conv_in.weight");
  if (!has_encoder && !has_decoder)
    throw FormatError(
        w.source().describe(), ": neither '", w.prefix(), "encoder.conv_in.weight' nor '", w.prefix(),
        "decoder.conv_in.weight' is here; this is no AutoencoderKL in diffusers' names. `unidg inspect` "
        "lists what the file holds.");

  // Every level is witnessed by its first resnet; the decoder lists them from the coarsest up.
  c.block_out_channels.clear();
  const auto& half = has_encoder ? encoder : decoder;
  const std::string list = has_encoder ? "down_blocks" : "up_blocks", witness = "resnets.0.conv1.weight";
  const auto levels = count_list(half, list, witness);
  for (std::int64_t i = 0; i < levels; ++i)
    c.block_out_channels.push_back(shape_of(half, list + "." + std::to_string(i) + "." + witness)[0]);
  if (!has_encoder) std::reverse(c.block_out_channels.begin(), c.block_out_channels.end());
  c.layers_per_block = count_list(half[list]["0"], "resnets", "conv1.weight") - (has_encoder ? 0 : 1);

  if (has_encoder) {
    c.in_channels = c.out_channels = shape_of(encoder, "conv_in.weight")[1];
    c.latent_channels = shape_of(encoder, "conv_out.weight")[0] / 2;
  }
  if (has_decoder) {
    c.latent_channels = shape_of(decoder, "conv_in.weight")[1];
    c.out_channels = shape_of(decoder, "conv_out.weight")[0];
  }
  c.mid_block_add_attention = half.contains("mid_block.attentions.0.group_norm.weight");
  c.use_quant_conv = w.contains("quant_conv.weight");
  c.use_post_quant_conv = w.contains("post_quant_conv.weight");
  return c;
}

}  // namespace unidg::models
