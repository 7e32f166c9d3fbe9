#pragma once
#include "unidg/core/torch.h"

#include <filesystem>

#include "unidg/models/small/small_model.h"

namespace unidg::testing {

/// Writes an untrained small model of a few thousand parameters: it returns the collage. Opens in
/// milliseconds. @param plain as trained without references: it inpaints
inline void write_tiny_model(const std::filesystem::path& folder, std::uint64_t seed = 1,
                             bool plain = false) {
  torch::manual_seed(static_cast<std::uint64_t>(seed));
  models::LinearCodecFit fit;
  fit.add(torch::rand({4, 3, 128, 256}) * 2 - 1);
  auto codec = std::make_shared<models::LinearCodec>(fit.solve(3, 1));
  auto transformer = models::SmallModel::default_transformer(*codec);
  transformer.layers = transformer.single_layers = 1;
  transformer.heads = 1, transformer.head_dim = 16, transformer.axes = {4, 6, 6};
  transformer.joint_dim = 16;
  auto encoder = models::SmallModel::default_encoder();
  encoder.hidden_size = 16, encoder.intermediate_size = 32;
  encoder.num_hidden_layers = 1, encoder.num_attention_heads = 2;
  encoder.image_size = 64;
  models::SmallSettings settings;
  settings.size = 64, settings.steps = 2, settings.plain = plain;
  const auto features = 4 * codec->channels();
  models::SmallModel::create(codec, torch::ones({features}), seed, transformer, encoder, settings)
      .save(folder, torch::kFloat32);
}

}  // namespace unidg::testing
