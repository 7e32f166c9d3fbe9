#include "unidg/training/shards.h"

#include <algorithm>
#include <numeric>

#include "unidg/core/error.h"

namespace unidg::training {
namespace fs = std::filesystem;

ShardSet::ShardSet(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  if (error) throw InputError(folder.string(), ": cannot list the folder: ", error.message());
  if (files.empty())
    throw InputError(folder.string(), ": no *.safetensors shard. `unidg prepare --out` writes them.");
  std::sort(files.begin(), files.end());
  for (const auto& path : files) {
    const auto file = weights::SafetensorsFile::open(path);
    const bool is_plain = file->tensors().count("reference") == 0;
    if (!shards_.empty() && is_plain != is_plain_)
      throw FormatError(
          path.string(), ": ", is_plain ? "has no 'reference'" : "has a 'reference'",
          ", unlike the shards before it; keep the tasks of `unidg prepare` in folders of their own");
    is_plain_ = is_plain;
    Shard shard{is_plain ? Tensor() : file->tensor("reference"), file->tensor("target"),
                file->tensor("collage"), file->tensor("mask")};
    const auto n = shard.target.size(0);
    if (size_ == 0) size_ = shard.target.size(-1);
    for (const auto& [name, tensor, depth] : {std::tuple{"reference", &shard.reference, 3},
                                              {"target", &shard.target, 3},
                                              {"collage", &shard.collage, 3},
                                              {"mask", &shard.mask, 1}}) {
      if (!tensor->defined()) continue;
      const std::vector<std::int64_t> expected = {n, depth, size_, size_};
      if (tensor->sizes() != expected || tensor->scalar_type() != torch::kUInt8)
        throw FormatError(path.string(), ": '", name, "' is ", tensor->dtype(), " ", tensor->sizes(),
                          " but shards hold u8 ", torch::IntArrayRef(expected));
    }
    for (std::int64_t i = 0; i < n; ++i)
      where_.emplace_back(static_cast<std::int32_t>(shards_.size()), static_cast<std::int32_t>(i));
    shards_.push_back(std::move(shard));
  }
}

PairBatch ShardSet::batch(const std::vector<std::int64_t>& indices) const {
  std::vector<Tensor> reference, target, collage, mask;
  for (const auto index : indices) {
    const auto [shard, row] = where_.at(static_cast<std::size_t>(index));
    const auto& from = shards_[static_cast<std::size_t>(shard)];
    if (!is_plain_) reference.push_back(from.reference[row]);
    target.push_back(from.target[row]);
    collage.push_back(from.collage[row]);
    mask.push_back(from.mask[row]);
  }
  return {is_plain_ ? Tensor() : torch::stack(reference), torch::stack(target), torch::stack(collage),
          torch::stack(mask)};
}

void write_shard(const fs::path& path, const PairBatch& pairs,
                 const std::map<std::string, std::string>& metadata) {
  std::map<std::string, Tensor> tensors = {
      {"target", pairs.target}, {"collage", pairs.collage}, {"mask", pairs.mask}};
  if (pairs.reference.defined()) tensors["reference"] = pairs.reference;
  weights::save_safetensors(path, tensors, metadata);
}

PairBatch augment(const PairBatch& batch, Rng& rng, bool swap_channels) {
  static const std::vector<std::vector<std::int64_t>> orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                                                {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  const auto b = batch.target.size(0);
  std::vector<Tensor> reference, target, collage, mask;
  for (std::int64_t i = 0; i < b; ++i) {
    const auto turns = rng.integer(4);
    const bool mirrored = rng.chance(0.5);
    // Mostly the true colours; sometimes another channel order, for variety of hue.
    const auto& drawn = rng.chance(0.3) ? rng.pick(orders) : orders[0];
    const auto order = torch::tensor(swap_channels ? drawn : orders[0]);
    const auto place = [&](const Tensor& picture) {
      auto out = torch::rot90(picture, turns, {1, 2});
      return mirrored ? out.flip({2}) : out;
    };
    if (batch.reference.defined()) reference.push_back(place(batch.reference[i]).index_select(0, order));
    target.push_back(place(batch.target[i]).index_select(0, order));
    collage.push_back(place(batch.collage[i]).index_select(0, order));
    mask.push_back(place(batch.mask[i]));
  }
  return {reference.empty() ? Tensor() : torch::stack(reference), torch::stack(target), torch::stack(collage),
          torch::stack(mask)};
}

std::vector<std::int64_t> IndexStream::next(std::int64_t batch) {
  std::vector<std::int64_t> out;
  while (static_cast<std::int64_t>(out.size()) < batch) {
    const auto epoch = position_ / count_;
    if (epoch != epoch_) {
      epoch_ = epoch;
      order_.resize(static_cast<std::size_t>(count_));
      std::iota(order_.begin(), order_.end(), 0);
      Rng(seed_, static_cast<std::uint64_t>(epoch)).shuffle(order_);
    }
    out.push_back(order_[static_cast<std::size_t>(position_ % count_)]);
    ++position_;
  }
  return out;
}

}  // namespace unidg::training
