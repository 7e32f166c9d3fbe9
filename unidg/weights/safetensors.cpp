#include "unidg/weights/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "unidg/core/error.h"
#include "unidg/core/names.h"

namespace unidg::weights {

std::shared_ptr<const SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  auto file = std::make_shared<SafetensorsFile>();
  file->path_ = path;
  file->map_ = MappedFile::open(path);
  const std::string_view content(reinterpret_cast<const char*>(file->map_->data()), file->map_->size());
  auto header = parse_safetensors_header(content, path);
  file->data_offset_ = header.data_offset;
  file->tensors_ = std::move(header.tensors);
  file->metadata_ = std::move(header.metadata);
  return file;
}

Tensor SafetensorsFile::tensor(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    std::vector<std::string> names;
    for (const auto& [known, info] : tensors_) names.push_back(known);
    throw FormatError(path_.string(), ": no tensor '", name, "' (closest: '", closest(name, names),
                      "'). `unidg inspect` lists what the file holds.");
  }
  const auto& info = found->second;
  const auto type = scalar_type(info.dtype);
  if (!type)
    throw FormatError(path_.string(), ": tensor '", name, "' has dtype ", info.dtype,
                      ", which this build of LibTorch cannot hold. Convert the file to BF16.");
  auto* data = const_cast<std::byte*>(map_->data()) + data_offset_ + info.begin;
  const bool aligned = reinterpret_cast<std::uintptr_t>(data) % torch::elementSize(*type) == 0;
  if (info.begin == info.end) return torch::empty(info.shape, *type);
  if (aligned)
    return torch::from_blob(
        data, info.shape, [map = map_](void*) {}, *type);
  auto copy = torch::empty(info.shape, *type);
  std::memcpy(copy.data_ptr(), data, info.end - info.begin);
  return copy;
}

void save_safetensors(const std::filesystem::path& path, const std::map<std::string, Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  // Wide elements first keeps every tensor aligned to its element size.
  std::vector<const std::pair<const std::string, Tensor>*> order;
  for (const auto& item : tensors) order.push_back(&item);
  std::stable_sort(order.begin(), order.end(),
                   [](auto* a, auto* b) { return a->second.element_size() > b->second.element_size(); });

  nlohmann::json header = nlohmann::json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t at = 0;
  for (const auto* item : order) {
    const auto& [name, tensor] = *item;
    if (name == "__metadata__") throw FormatError(path.string(), ": no tensor may be called '__metadata__'");
    const std::size_t bytes = static_cast<std::size_t>(tensor.numel()) * tensor.element_size();
    header[name] = {{"dtype", dtype_name(tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {at, at + bytes}}};
    at += bytes;
  }
  std::string text_header;
  try {
    text_header = header.dump();
  } catch (const nlohmann::json::exception&) {
    throw FormatError(path.string(), ": a tensor name or metadata value is not UTF-8");
  }
  text_header.resize((text_header.size() + 7) / 8 * 8, ' ');
  if (text_header.size() > kMaxHeaderBytes)
    throw FormatError(path.string(), ": the header would take ", text_header.size(),
                      " bytes, more than the allowed ", kMaxHeaderBytes);

  AtomicFile file(path);
  const std::uint64_t length = text_header.size();
  file.write(&length, sizeof length);
  file.write(text_header);
  for (const auto* item : order) {
    const auto stored = item->second.detach().to(torch::kCPU).contiguous();
    file.write(stored.data_ptr(), static_cast<std::size_t>(stored.numel()) * stored.element_size());
  }
  file.commit();
}

}  // namespace unidg::weights
