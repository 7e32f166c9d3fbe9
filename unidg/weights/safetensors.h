#pragma once
#include "unidg/core/torch.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "unidg/core/files.h"
#include "unidg/weights/safetensors_header.h"

namespace unidg::weights {

using torch::Tensor;

/// One memory-mapped safetensors file. The header is checked completely when it is opened;
/// tensors are views of the map: nothing is copied and memory grows only by the pages that are read.
class SafetensorsFile {
 public:
  /// @throws FormatError naming the file and the rule it breaks; a pickle or zip is refused by content
  /// whatever its name, with the conversion named.
  static std::shared_ptr<const SafetensorsFile> open(const std::filesystem::path& path);
  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, TensorInfo>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// A view of the stored tensor in its stored dtype; it keeps the map alive. Writing into it changes this
  /// process's private copy, never the file. A tensor that is not aligned to its element size is copied.
  /// @throws FormatError when absent or of a dtype torch lacks
  Tensor tensor(const std::string& name) const;

 private:
  std::filesystem::path path_;
  std::shared_ptr<const MappedFile> map_;
  std::size_t data_offset_ = 0;
  std::map<std::string, TensorInfo> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// Torch's dtype of a stored name, or nullopt for one torch lacks.
std::optional<torch::ScalarType> scalar_type(const std::string& dtype);
std::string dtype_name(torch::ScalarType type);

/// Writes a safetensors file whole or not at all; tensors are made contiguous on the CPU one at a time.
/// @throws FormatError for a dtype or name the format lacks; Error when the disk refuses
void save_safetensors(const std::filesystem::path& path, const std::map<std::string, Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata = {});

}  // namespace unidg::weights
