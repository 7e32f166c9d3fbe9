#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "unidg/conditioning/fill_pipeline.h"
#include "unidg/generation/generator.h"
#include "unidg/weights/adapters.h"

namespace unidg::generation {

/// Whether a folder holds a small model (its model_index.json says so).
bool is_small_model(const std::filesystem::path& folder);

/// The full-size networks, joined: on a GPU in bf16, on a CPU bf16 weights as views of their files.
/// @throws InputError, FormatError naming the file that is missing or does not fit
conditioning::FillPipeline load_fill_pipeline(const ModelPaths& paths);

/// What `paint.hole=auto` means for a Fill model with these adapters (docs/choices.md 18): the hole of the
/// cache they were trained on (metadata `unidg.cache`), black where they do not say (Alg. 1); grey without
/// adapters.
/// @throws UsageError when they were trained with different holes
std::string trained_hole(const std::vector<weights::Adapter>& adapters);

/// Sizes of the transformer that load_fill_pipeline() would open; FLUX.1-Fill-dev's where no path is given.
/// Reads config.json or headers only.
models::FluxConfig transformer_config(const ModelPaths& paths);

/// One network of a model and where its weights lie.
struct ModelPart {
  std::string name;  ///< transformer, vae, codec, image_encoder, image_embedder, lora
  std::filesystem::path path;
  std::int64_t parameters = 0;
  std::uint64_t file_bytes = 0;
};

/// The parts that `DefectGenerator::load` would open. Reads headers only.
/// @throws InputError, FormatError for a part that is missing or no safetensors
std::vector<ModelPart> model_parts(const ModelPaths& paths);

/// `[{"part", "bytes", "sha256"}]` for picture metadata. Files above 1 GiB get `sha256_ends` instead: the
/// hash of their size, first and last MiB.
Json hash_parts(const std::vector<ModelPart>& parts);

/// Memory in bytes, estimated from sizes: weights as they are held, and the largest intermediate values.
struct MemoryNeed {
  std::uint64_t weights = 0, activations = 0, runtime = 0;
  std::uint64_t peak() const { return weights + activations + runtime; }
};
/// @param parameters of all parts together  @param bytes_per_weight 4 on a CPU, 2 on a GPU
/// @param size S, side of one diptych half  @param is_small the embedded model's architecture
MemoryNeed memory_need(std::int64_t parameters, int bytes_per_weight, int size, bool is_small);

/// Parameters of FLUX.1-Fill with FLUX.1-Redux: transformer, VAE, SigLIP, Redux.
struct FullSizeParameters {
  static constexpr std::int64_t transformer = 11'902'391'360, vae = 83'819'683, image_encoder = 428'225'600,
                                image_embedder = 64'503'808;
  static constexpr std::int64_t all = transformer + vae + image_encoder + image_embedder;
};

}  // namespace unidg::generation
