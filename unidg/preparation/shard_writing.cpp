#include "unidg/preparation/shard_writing.h"

#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/core/rng.h"

namespace unidg::preparation {
namespace fs = std::filesystem;
namespace {

constexpr int kAttempts = 400;
constexpr std::int64_t kHeldOutPairs = 128;

fs::path shard_name(std::int64_t number) {
  auto digits = std::to_string(number);
  return "shard-" + std::string(5 - std::min<std::size_t>(5, digits.size()), '0') + digits + ".safetensors";
}

training::PairBatch stacked(const std::vector<ShardPair>& pairs) {
  std::vector<torch::Tensor> reference, target, collage, mask;
  for (const auto& pair : pairs) {
    if (pair.reference.defined()) reference.push_back(pair.reference);
    target.push_back(pair.target), collage.push_back(pair.collage), mask.push_back(pair.mask);
  }
  return {reference.empty() ? torch::Tensor() : torch::stack(reference), torch::stack(target),
          torch::stack(collage), torch::stack(mask)};
}

}  // namespace

torch::Tensor to_bytes(const cv::Mat& picture) {
  // A clone: a one-channel picture would pass `contiguous` as a view of memory that is soon gone.
  return torch::from_blob(picture.data, {picture.rows, picture.cols, picture.channels()}, torch::kUInt8)
      .permute({2, 0, 1})
      .clone(torch::MemoryFormat::Contiguous);
}

PrepareReport write_shards(const fs::path& out, const ShardPlan& plan,
                           const std::function<std::optional<ShardPair>(std::int64_t, bool, int)>& make) {
  PrepareReport report;
  report.by_dataset = Json::object();
  Progress progress("prepare", plan.pairs);
  const auto write = [&](const fs::path& path, std::int64_t first, std::int64_t count, bool held_out) {
    if (fs::exists(path)) return;
    std::vector<ShardPair> pairs;
    for (std::int64_t i = first; i < first + count; ++i) {
      std::optional<ShardPair> pair;
      for (int attempt = 0; attempt < kAttempts && !pair; ++attempt)
        if (!(pair = make(i, held_out, attempt))) ++report.skipped;
      if (!pair)
        throw InputError("prepare: pair ", i, " failed ", kAttempts,
                         " times; does the corpus hold masks larger than 6 px?");
      auto& seen = report.by_dataset[pair->dataset];
      seen = (seen.is_null() ? 0 : seen.get<std::int64_t>()) + 1;
      pairs.push_back(std::move(*pair));
      if (interrupted()) throw Interrupted("prepare: stopped; finished shards are kept, run again to go on");
      if (!held_out) progress.set(i + 1);
    }
    training::write_shard(path, stacked(pairs), {{"unidg.prepare", plan.settings}});
    (held_out ? report.held_out : report.pairs) += count;
  };
  if (plan.has_held_out) write(out / "val" / shard_name(0), 0, std::min(kHeldOutPairs, plan.pairs), true);
  for (std::int64_t first = 0, shard = 0; first < plan.pairs; first += plan.shard_pairs, ++shard)
    write(out / shard_name(shard), first, std::min(plan.shard_pairs, plan.pairs - first), false);
  return report;
}

void write_sources(const fs::path& out, const std::map<std::string, std::string>& licences) {
  Json sources = Json::array();
  for (const auto& [dataset, licence] : licences)
    sources.push_back({{"dataset", dataset}, {"licence", licence}});
  sources.push_back({{"dataset", "procedural"}, {"licence", "drawn by unidg"}});
  write_file_atomic(out / "sources.json", sources.dump(2) + "\n");
}

bool is_held_out(const std::string& source, double share) {
  return static_cast<double>(stable_hash(source) % 10000) < share * 10000;
}

double weight_of(const std::string& dataset) {
  static const std::map<std::string, double> weights = {
      {"cracks_potholes", 0.4}, {"rice_leaf", 0.5}, {"deeppcb", 0.6},        {"car_damage_coco", 0.4},
      {"nanotwice", 0.4},       {"neu_seg", 1.5},   {"leather_custom", 1.4}, {"surface_crack_af", 1.2}};
  const auto found = weights.find(dataset);
  return found == weights.end() ? 1.0 : found->second;
}

}  // namespace unidg::preparation
