#pragma once
#include <filesystem>
#include <string_view>

namespace unidg::weights {

/// Recognises content that is not safetensors whatever the file is called: pickle, PyTorch zip, GGUF, HDF5, a
/// Git LFS pointer, a web page. @throws FormatError naming the remedy; returns when nothing is recognised.
void refuse_foreign_format(std::string_view content, const std::filesystem::path& path);

}  // namespace unidg::weights
