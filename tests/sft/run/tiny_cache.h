#pragma once
#include <ATen/CPUGeneratorImpl.h>

#include <filesystem>

#include "unidg/sft/step/cache.h"

namespace unidg::sft {

/// A pair of noise: `seed` decides its contents.
inline Sample noise_sample(std::uint64_t seed, std::int64_t rows = 2, std::int64_t columns = 4,
                           std::int64_t channels = 64, std::int64_t joint = 10) {
  auto generator = torch::make_generator<at::CPUGeneratorImpl>(seed);
  const auto noise = [&](torch::IntArrayRef shape) { return torch::randn(shape, generator); };
  Sample out;
  const auto tokens = rows * columns;
  out.rows = rows, out.columns = columns;
  out.x0 = noise({tokens, channels}), out.masked = noise({tokens, channels});
  out.mask = torch::zeros({1, 16 * rows, 16 * columns});
  out.mask.narrow(2, 8 * columns + 4, 20).fill_(1);
  out.left = torch::arange(tokens) % columns == 1;
  out.redux = noise({3, joint});
  if (seed % 3 != 0) out.normal = out.x0 + 0.3 * noise({tokens, channels});
  return out;
}

/// `pairs` in two shards, and `held_out` more.
inline void write_tiny_cache(const std::filesystem::path& folder, int pairs = 7, int held_out = 2) {
  std::vector<Sample> first, second, val;
  for (int i = 0; i < pairs; ++i) (i < pairs / 2 ? first : second).push_back(noise_sample(100 + i));
  for (int i = 0; i < held_out; ++i) val.push_back(noise_sample(900 + i));
  write_cache_shard(folder / "train/shard-00000.safetensors", first, torch::kFloat32, {});
  write_cache_shard(folder / "train/shard-00001.safetensors", second, torch::kFloat32, {});
  if (held_out > 0) write_cache_shard(folder / "val/shard-00000.safetensors", val, torch::kFloat32, {});
}

}  // namespace unidg::sft
