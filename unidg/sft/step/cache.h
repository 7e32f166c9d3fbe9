#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "unidg/sft/step/loss.h"
#include "unidg/weights/safetensors.h"

namespace unidg::sft {

/// One encoded pair.
struct Sample {
  std::int64_t rows = 0, columns = 0;
  Tensor x0;      ///< [L, C]
  Tensor masked;  ///< [L, C] packed latent of [reference | masked source]
  Tensor mask;    ///< u8 [1, H, W] 0 / 1, the used mask of the whole diptych
  Tensor left;    ///< bool [L]
  Tensor redux;   ///< [N, J]
  Tensor normal;  ///< [L, C], or undefined
};

/// Encoded pairs on disk: shard-NNNNN.safetensors with x0, masked, normal [N, L, C], redux [N, M, J], mask u8
/// [N, 1, H, W], left and has_normal u8. Shards stay memory-mapped: the set may be larger than memory.
class Cache {
 public:
  /// @throws InputError when the folder holds no shard; FormatError for one that does not fit the others
  explicit Cache(const std::filesystem::path& folder);
  std::int64_t count() const { return static_cast<std::int64_t>(where_.size()); }
  Batch batch(const std::vector<std::int64_t>& indices) const;
  /// Changes with the shards' contents: their names, sizes and how they were made.
  const std::string& digest() const { return digest_; }
  /// How the shards were made (JSON of `unidg sft cache`: plan, settings); empty where they do not say.
  const std::string& made() const { return made_; }

 private:
  struct Shard {
    std::shared_ptr<const weights::SafetensorsFile> file;
    std::map<std::string, Tensor> tensors;
    std::int64_t rows = 0, columns = 0;
  };
  std::vector<Shard> shards_;
  std::vector<std::pair<std::int32_t, std::int32_t>> where_;
  std::string digest_, made_;
};

/// @param dtype of the floating tensors: kFloat32 or kBFloat16
void write_cache_shard(const std::filesystem::path& path, const std::vector<Sample>& samples,
                       torch::ScalarType dtype, const std::map<std::string, std::string>& metadata);

}  // namespace unidg::sft
