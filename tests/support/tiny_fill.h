#pragma once
#include <filesystem>

#include "support/golden.h"
#include "unidg/core/files.h"

namespace unidg::testing {

/// Writes FLUX.1-Fill with Redux in diffusers' layout, a few channels wide: the networks of a stored pipeline
/// case.
inline void write_tiny_fill(const std::filesystem::path& folder) {
  const auto golden = Golden::load("generation/golden/fill_pipeline_black.safetensors");
  const auto config = golden.json("config");
  for (const char* part : {"transformer", "vae", "image_encoder", "image_embedder"}) {
    weights::save_safetensors(folder / part / "model.safetensors",
                              golden.below(std::string("weights.") + part + "."));
    write_file_atomic(folder / part / "config.json", config[part].dump());
  }
}

}  // namespace unidg::testing
