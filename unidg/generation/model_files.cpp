#include "unidg/generation/model_files.h"

#include <algorithm>
#include <fstream>
#include <numeric>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/weights/scope.h"

namespace unidg::generation {
namespace fs = std::filesystem;
namespace {

std::vector<fs::path> weight_files(const fs::path& path) {
  if (fs::is_regular_file(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(path))
    if (entry.is_regular_file() && entry.path().extension() == ".safetensors") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

ModelPart measure(const std::string& name, const fs::path& path) {
  if (!fs::exists(path))
    throw InputError(path.string(), ": no such file or folder (", name, " of the model)");
  ModelPart part{name, path, 0, 0};
  const auto source = weights::open_source(path);
  for (const auto& key : source->names()) {
    const auto shape = source->shape(key);
    part.parameters += std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  }
  for (const auto& file : weight_files(path)) part.file_bytes += fs::file_size(file);
  return part;
}

std::string ends_hash(const fs::path& path, std::uint64_t bytes) {
  constexpr std::uint64_t kEnd = 1 << 20;
  std::ifstream in(path, std::ios::binary);
  std::string content = text(bytes, "\n"), end(kEnd, '\0');
  in.read(end.data(), kEnd);
  content += end;
  in.seekg(static_cast<std::streamoff>(bytes - kEnd));
  in.read(end.data(), kEnd);
  return sha256_hex(content + end);
}

}  // namespace

std::vector<ModelPart> model_parts(const ModelPaths& paths) {
  const bool has_own_parts = !paths.transformer.empty() || !paths.vae.empty() ||
                             !paths.image_encoder.empty() || !paths.redux.empty();
  const auto folder =
      paths.model == "embedded" && !has_own_parts ? embedded_model_folder() : fs::path(paths.model);
  std::vector<ModelPart> parts;
  if (!has_own_parts && fs::is_directory(folder / "codec")) {
    for (const char* name : {"codec", "transformer", "image_encoder", "image_embedder"})
      parts.push_back(measure(name, folder / name));
  } else {
    const std::pair<const char*, const fs::path&> all[] = {{"transformer", paths.transformer},
                                                           {"vae", paths.vae},
                                                           {"image_encoder", paths.image_encoder},
                                                           {"image_embedder", paths.redux}};
    for (const auto& [name, own] : all) parts.push_back(measure(name, own.empty() ? folder / name : own));
  }
  for (const auto& [path, weight] : paths.loras) parts.push_back(measure("lora", path));
  return parts;
}

Json hash_parts(const std::vector<ModelPart>& parts) {
  constexpr std::uint64_t kWhole = std::uint64_t{1} << 30;
  auto out = Json::array();
  for (const auto& part : parts)
    for (const auto& file : weight_files(part.path)) {
      const auto bytes = static_cast<std::uint64_t>(fs::file_size(file));
      Json entry = {{"part", part.name}, {"bytes", bytes}};
      if (bytes > kWhole) {
        entry["sha256_ends"] = ends_hash(file, bytes);
      } else {
        const auto map = MappedFile::open(file);
        entry["sha256"] = sha256_hex(map->data(), map->size());
      }
      out.push_back(std::move(entry));
    }
  return out;
}

MemoryNeed memory_need(std::int64_t parameters, int bytes_per_weight, int size, bool is_small) {
  constexpr std::uint64_t kRuntime = 350ull << 20;  // LibTorch, OpenCV and the pictures at hand
  MemoryNeed need;
  need.runtime = kRuntime;
  need.weights = static_cast<std::uint64_t>(parameters) * static_cast<std::uint64_t>(bytes_per_weight);
  const auto side = static_cast<std::uint64_t>(size), bytes = static_cast<std::uint64_t>(bytes_per_weight);
  const std::uint64_t pixels = side * 2 * side;
  if (is_small) {
    need.activations = pixels * 64 * bytes;
    return need;
  }
  // The widest values: of a single block, q k v and its MLP; of the VAE decoder, three maps of 256 channels
  // at full size.
  constexpr std::uint64_t kWidth = 3072, kMlp = 12288, kConditionTokens = 730;
  const std::uint64_t tokens = pixels / 256 + kConditionTokens;
  const std::uint64_t block = tokens * (3 * kWidth + kMlp + kWidth + kMlp) * bytes;
  const std::uint64_t decoder = 3 * 256 * pixels * bytes;
  need.activations = std::max(block, decoder);
  return need;
}

}  // namespace unidg::generation
