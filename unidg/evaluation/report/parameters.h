#pragma once
#include <cstdint>
#include <string>
#include <vector>

/// How many numbers the networks of Table 5 hold, from their sizes. The room knows no network: the formulas
/// are tested against stored weights of small ones.
namespace unidg::evaluation::report {

struct MmditSizes {
  std::int64_t width = 3072, head_dim = 128, double_blocks = 19, single_blocks = 38;
  std::int64_t in = 384, out = 64, joint = 4096, pooled = 768;
  bool has_guidance = true;
};
std::int64_t parameters(const MmditSizes& sizes);

struct VaeSizes {
  std::vector<std::int64_t> channels = {128, 256, 512, 512};
  std::int64_t pixels = 3, latent = 16,
               resnets = 2;  ///< resnets of an encoder level; the decoder has one more
};
std::int64_t encoder_parameters(const VaeSizes& sizes);
std::int64_t decoder_parameters(const VaeSizes& sizes);

struct SiglipSizes {
  std::int64_t width = 1152, mlp = 4304, layers = 27, patch = 14, tokens = 729;
};
std::int64_t parameters(const SiglipSizes& sizes);  ///< with the pooling head, which Redux does not use

struct ReduxSizes {
  std::int64_t features = 1152, hidden = 12288, joint = 4096;
};
std::int64_t parameters(const ReduxSizes& sizes);

struct ClipTextSizes {
  std::int64_t width = 768, mlp = 3072, layers = 12, words = 49408, positions = 77;
};
std::int64_t parameters(const ClipTextSizes& sizes);

struct T5Sizes {
  std::int64_t width = 4096, attention = 4096, mlp = 10240, layers = 24, heads = 64, words = 32128,
               buckets = 32;
};
std::int64_t parameters(const T5Sizes& sizes);  ///< the encoder of T5 v1.1

/// The component of Table 5 at full size. @param id of published.json: clip, t5, vae, mmdit, siglip, redux
std::int64_t component_parameters(const std::string& id);

}  // namespace unidg::evaluation::report
