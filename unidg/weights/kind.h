#pragma once
#include <string>
#include <vector>

#include "unidg/weights/scope.h"

namespace unidg::weights {

enum class Network {
  Unknown,
  FluxTransformer,
  FluxVae,
  TinyVae,
  LinearCodec,
  Siglip,
  Redux,
  ClipText,
  T5Encoder,
  Sam2,
  Adapter,
  Checkpoint
};

/// What a set of tensors is, by its names and a few shapes.
struct WeightKind {
  Network network = Network::Unknown;
  std::string layout;  ///< "diffusers" | "single-file"; of an adapter: "peft" | "kohya" | "control" | "xlabs"
  std::string variant;  ///< transformer: "fill" | "control" | "dev" | "schnell" | "<N> inputs"; else ""
  std::string prefix;   ///< stands before every name of the network, such as "model.diffusion_model."
};

/// Never throws: what is not recognised is Network::Unknown. A full checkpoint (transformer together with VAE
/// or text encoders) is Network::Checkpoint with the transformer's layout and variant.
WeightKind recognise(const Source& source);
/// One line for people: "FLUX transformer, fill, diffusers layout".
std::string describe(const WeightKind& kind);
std::string network_name(Network network);

}  // namespace unidg::weights
