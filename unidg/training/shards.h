#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "unidg/core/rng.h"
#include "unidg/core/torch.h"
#include "unidg/weights/safetensors.h"

namespace unidg::training {

using torch::Tensor;

/// A batch of training pairs; every picture is one square of `size` pixels, u8, CHW.
struct PairBatch {
  Tensor reference;  ///< [B, 3, S, S] the reference's defect on white (Alg. 1); undefined in plain mode
  Tensor target;     ///< [B, 3, S, S] the window with its true defect
  Tensor collage;    ///< [B, 3, S, S] the window with its hole filled by the collage
  Tensor mask;       ///< [B, 1, S, S] 0 or 255, the used mask
};

/// Training pairs on disk: `shard-00000.safetensors` ... with u8 tensors `reference`, `target`, `collage`
/// [N, 3, S, S] and `mask` [N, 1, S, S]. Shards without `reference` are of plain mode (choices.md 74c).
class ShardSet {
 public:
  /// @throws InputError for an empty folder, FormatError for a shard of another shape
  explicit ShardSet(const std::filesystem::path& folder);
  std::int64_t count() const { return static_cast<std::int64_t>(where_.size()); }
  std::int64_t size() const { return size_; }
  bool is_plain() const { return is_plain_; }  ///< the pairs have no reference
  /// @param indices into the whole set
  PairBatch batch(const std::vector<std::int64_t>& indices) const;

 private:
  struct Shard {
    Tensor reference, target, collage, mask;
  };
  std::vector<Shard> shards_;
  std::vector<std::pair<std::int32_t, std::int32_t>> where_;
  std::int64_t size_ = 0;
  bool is_plain_ = false;
};

void write_shard(const std::filesystem::path& path, const PairBatch& pairs,
                 const std::map<std::string, std::string>& metadata);

/// One of the eight symmetries of a square and a change of channel order, the same for all pictures of a
/// pair. @param swap_channels allows the latter
PairBatch augment(const PairBatch& batch, Rng& rng, bool swap_channels = true);

/// The order of the data: epoch e visits all indices shuffled by (seed, e); the position is a number, so that
/// a run resumes exactly.
class IndexStream {
 public:
  IndexStream(std::int64_t count, std::uint64_t seed) : count_(count), seed_(seed) {}
  std::vector<std::int64_t> next(std::int64_t batch);
  std::int64_t position() const { return position_; }
  void seek(std::int64_t position) { position_ = position; }

 private:
  std::int64_t count_;
  std::uint64_t seed_;
  std::int64_t position_ = 0, epoch_ = -1;
  std::vector<std::int64_t> order_;
};

}  // namespace unidg::training
