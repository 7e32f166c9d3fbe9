#include "unidg/sft/step/cache.h"

#include <algorithm>
#include <charconv>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/flow/packing.h"

namespace unidg::sft {
namespace fs = std::filesystem;
namespace {

std::int64_t number_of(const weights::SafetensorsFile& file, const fs::path& path, const std::string& key) {
  const auto found = file.metadata().find(key);
  std::int64_t value = 0;
  if (found != file.metadata().end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  if (value < 1)
    throw FormatError(path.string(), ": no '", key, "' in its metadata; not a shard of `unidg sft cache`");
  return value;
}

std::vector<fs::path> shards_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".safetensors") out.push_back(entry.path());
  if (error) throw InputError(folder.string(), ": cannot list the folder: ", error.message());
  if (out.empty())
    throw InputError(folder.string(), ": no *.safetensors shard. `unidg sft cache` writes them.");
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

Cache::Cache(const fs::path& folder) {
  std::string all;
  for (const auto& path : shards_in(folder)) {
    Shard shard;
    shard.file = weights::SafetensorsFile::open(path);
    shard.rows = number_of(*shard.file, path, "rows"),
    shard.columns = number_of(*shard.file, path, "columns");
    for (const char* name : {"x0", "masked", "normal", "redux", "mask", "left", "has_normal"}) {
      if (shard.file->tensors().count(name) == 0)
        throw FormatError(path.string(), ": no tensor '", name, "'; not a shard of `unidg sft cache`");
      shard.tensors[name] = shard.file->tensor(name);
    }
    const auto n = shard.tensors["x0"].size(0), tokens = shard.rows * shard.columns;
    for (auto& [name, tensor] : shard.tensors) {
      const bool has_tokens = name != "mask" && name != "redux" && name != "has_normal";
      if (tensor.size(0) != n || (has_tokens && tensor.size(1) != tokens))
        throw FormatError(path.string(), ": '", name, "' is ", tensor.sizes(), " but the shard holds ", n,
                          " pairs of ", tokens, " tokens");
      if (shards_.empty() || name == "mask") continue;
      const auto& first = shards_.front().tensors.at(name);
      if (tensor.sizes().slice(1) != first.sizes().slice(1))
        throw FormatError(path.string(), ": '", name, "' is ", tensor.sizes(), " unlike ", first.sizes(),
                          " in the first shard; keep caches of other settings in folders of their own");
    }
    for (std::int64_t i = 0; i < n; ++i)
      where_.emplace_back(static_cast<std::int32_t>(shards_.size()), static_cast<std::int32_t>(i));
    const auto said = shard.file->metadata().find("unidg.cache");
    const auto made = said == shard.file->metadata().end() ? "" : said->second;
    if (shards_.empty()) made_ = made;
    if (made != made_)
      throw FormatError(path.string(),
                        ": was made from another plan or with other settings than the first shard; keep "
                        "caches of other settings in folders of their own");
    all += text(path.filename().string(), " ", n, " ", fs::file_size(path), " ", made, "\n");
    shards_.push_back(std::move(shard));
  }
  digest_ = sha256_hex(all).substr(0, 16);
}

Batch Cache::batch(const std::vector<std::int64_t>& indices) const {
  std::map<std::string, std::vector<Tensor>> rows;
  Batch out;
  for (const auto index : indices) {
    const auto [number, row] = where_.at(static_cast<std::size_t>(index));
    const auto& shard = shards_[static_cast<std::size_t>(number)];
    out.rows = shard.rows, out.columns = shard.columns;
    for (const auto& [name, tensor] : shard.tensors) rows[name].push_back(tensor[row]);
  }
  const auto numbers = [&](const char* name) { return torch::stack(rows.at(name)).to(torch::kFloat32); };
  const auto mask = numbers("mask");
  out.x0 = numbers("x0"), out.normal = numbers("normal"), out.redux = numbers("redux");
  out.condition = torch::cat({numbers("masked"), flow::pack_mask(mask)}, 2);
  out.right = flow::token_mask(mask);
  out.left = torch::stack(rows.at("left")).to(torch::kBool);
  out.has_normal = torch::stack(rows.at("has_normal")).to(torch::kBool);
  return out;
}

void write_cache_shard(const fs::path& path, const std::vector<Sample>& samples, torch::ScalarType dtype,
                       const std::map<std::string, std::string>& metadata) {
  std::map<std::string, std::vector<Tensor>> rows;
  for (const auto& s : samples) {
    rows["x0"].push_back(s.x0.to(dtype)), rows["masked"].push_back(s.masked.to(dtype));
    rows["redux"].push_back(s.redux.to(dtype)), rows["mask"].push_back(s.mask.to(torch::kUInt8));
    rows["left"].push_back(s.left.to(torch::kUInt8));
    rows["normal"].push_back(s.normal.defined() ? s.normal.to(dtype) : torch::zeros_like(rows["x0"].back()));
    rows["has_normal"].push_back(torch::full({}, s.normal.defined() ? 1 : 0, torch::kUInt8));
  }
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, list] : rows) tensors[name] = torch::stack(list);
  auto words = metadata;
  words["rows"] = std::to_string(samples.front().rows),
  words["columns"] = std::to_string(samples.front().columns);
  weights::save_safetensors(path, tensors, words);
}

}  // namespace unidg::sft
