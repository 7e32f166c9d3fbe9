#include "unidg/weights/foreign_formats.h"

#include "unidg/core/error.h"

namespace unidg::weights {
namespace {

bool is_pickle(std::string_view content) {
  if (content.size() < 2) return false;
  const auto first = static_cast<unsigned char>(content[0]), second = static_cast<unsigned char>(content[1]);
  if (first == 0x80 && second >= 1 && second <= 5) return true;  // protocol 1 to 5
  if (first == '(' && (second == 'd' || second == 'l' || second == 'i'))
    return true;  // protocol 0: dict, list, object
  return content.starts_with("c__") || content.starts_with("cposix") || content.starts_with("cos\n") ||
         content.starts_with("ctorch") || content.starts_with("ccollections");
}

[[noreturn]] void refuse_pickle(const std::filesystem::path& path, const char* what) {
  throw FormatError(
      path.string(), ": this is ", what,
      ", whatever its name says. Opening a pickle can run code, so unidg never does. Convert it once where "
      "you trust it: python -c \"import torch, safetensors.torch as s; "
      "s.save_file(torch.load('",
      path.filename().string(), "', weights_only=True, map_location='cpu'), 'converted.safetensors')\"");
}

}  // namespace

void refuse_foreign_format(std::string_view content, const std::filesystem::path& path) {
  if (content.starts_with(std::string_view("PK\x03\x04", 4)) ||
      content.starts_with(std::string_view("PK\x05\x06", 4)))
    refuse_pickle(path, "a zip archive as PyTorch writes it (a pickle inside)");
  if (is_pickle(content)) refuse_pickle(path, "a Python pickle");
  if (content.starts_with("GGUF"))
    throw FormatError(
        path.string(),
        ": this is a GGUF file, which unidg does not read. Pass the safetensors file of the same model.");
  if (content.starts_with("\x89HDF"))
    throw FormatError(path.string(), ": this is an HDF5 file (Keras). Pass a safetensors file.");
  if (content.starts_with("version https://git-lfs"))
    throw FormatError(
        path.string(),
        ": this is a Git LFS pointer, not the weights themselves. Run `git lfs pull` in that repository.");
  if (content.starts_with("<!DOCTYPE") || content.starts_with("<!doctype") || content.starts_with("<html"))
    throw FormatError(
        path.string(),
        ": this is a web page, so the download was answered with a login or error page. Download again "
        "with access to the model.");
}

}  // namespace unidg::weights
