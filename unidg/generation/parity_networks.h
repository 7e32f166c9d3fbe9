#pragma once
#include "unidg/generation/parity_case.h"
#include "unidg/models/flux/transformer.h"
#include "unidg/models/redux/redux.h"
#include "unidg/models/siglip/siglip.h"
#include "unidg/models/vae/autoencoder.h"

namespace unidg::generation {

// A network from one part of a case ("" when the case is that network alone). Fields of the config win;
// absent ones come from the weights where they show, else from the library's defaults.
models::FluxTransformer parity_transformer(const ParityCase& parity, const std::string& part = "");
models::AutoencoderKl parity_vae(const ParityCase& parity, models::VaeHalf half,
                                 const std::string& part = "");
models::SiglipVision parity_image_encoder(const ParityCase& parity, const std::string& part = "");
models::ReduxEmbedder parity_embedder(const ParityCase& parity, const std::string& part = "");

/// embeds, latent and image of conditioning::FillPipeline (network fill_pipeline).
Tensors run_fill_pipeline(const ParityCase& parity);

}  // namespace unidg::generation
