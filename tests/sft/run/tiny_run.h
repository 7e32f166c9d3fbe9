#pragma once
#include "support/golden.h"
#include "tiny_cache.h"
#include "unidg/models/flux/transformer.h"

namespace unidg::sft {

/// The transformer of a stored pipeline case: FLUX.1-Fill's interfaces, a few channels wide.
inline models::FluxTransformer tiny_transformer() {
  const auto golden = unidg::testing::Golden::load("generation/golden/fill_pipeline_black.safetensors");
  return models::FluxTransformer(
      golden.weights("weights.transformer."),
      models::flux_config_from_json(golden.json("config")["transformer"], "transformer"));
}

}  // namespace unidg::sft
