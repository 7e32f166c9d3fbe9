#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <opencv2/core.hpp>
#include <optional>
#include <string>

#include "unidg/preparation/prepare.h"
#include "unidg/training/shards.h"

namespace unidg::preparation {

/// One training pair as tensors [3, S, S] and [1, S, S]; `reference` stays undefined in plain mode.
struct ShardPair {
  torch::Tensor reference, target, collage, mask;
  std::string dataset;
};
/// u8 [C, H, W] of a CV_8U picture.
torch::Tensor to_bytes(const cv::Mat& picture);

struct ShardPlan {
  std::int64_t pairs = 0, shard_pairs = 512;
  bool has_held_out = false;
  std::string settings;  ///< stored in every shard's metadata
};

/// Writes shard-*.safetensors and val/shard-00000.safetensors; those that exist are kept.
/// @param make the pair of a number, an attempt at it; nothing: try the next attempt
/// @throws InputError when a pair fails too often; Interrupted
PrepareReport write_shards(
    const std::filesystem::path& out, const ShardPlan& plan,
    const std::function<std::optional<ShardPair>(std::int64_t number, bool held_out, int attempt)>& make);

/// sources.json: the licence of every data set, and the drawn products.
void write_sources(const std::filesystem::path& out, const std::map<std::string, std::string>& licences);

/// training.jsonl: name, sha256 and dhash of every photo of the corpus (`identify`), defective and good, held
/// out or not; the trainer lays it beside the weights, so that nobody tests a model on pictures it was made
/// from (docs/evaluation.md, "Guards"). A list that is there already is kept when it is newer than the
/// corpus' manifest.
void write_training_list(const std::filesystem::path& out, const std::filesystem::path& corpus);

/// Whether a photo is kept for val/, by a hash of its source.
bool is_held_out(const std::string& source, double share);

/// How often a data set is drawn: those with rough masks or many near duplicates less.
double weight_of(const std::string& dataset);

}  // namespace unidg::preparation
