#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "unidg/core/config.h"
#include "unidg/weights/kind.h"

namespace unidg::weights {

/// What `unidg inspect` says about weights. Reading it touches headers only, never executes anything, and
/// loads tensors only of adapters.
struct Inspection {
  struct Entry {
    std::string name, dtype;
    std::vector<std::int64_t> shape;
  };
  std::filesystem::path path;
  WeightKind kind;
  std::vector<Entry> tensors;
  std::int64_t parameters = 0;
  std::map<std::string, std::int64_t> parameters_by_dtype;
  std::map<std::string, std::string> facts;  ///< depth, width, ranks, scale: whatever this kind has
  std::string licence;                       ///< as the file states it, or what its kind implies, or ""
  std::map<std::string, std::string> metadata;
  std::vector<std::string> problems;   ///< what does not fit, one sentence each; empty when all is well
  std::vector<Inspection> components;  ///< of a diffusers pipeline folder, each of its weight folders
};

/// @param path a weight file, an index, a component or adapter folder, or a whole diffusers pipeline
/// @throws FormatError for what is no safetensors at all; InputError when there is nothing
Inspection inspect(const std::filesystem::path& path);

/// For people. @param with_tensors lists every tensor with dtype and shape
std::string to_text(const Inspection& inspection, bool with_tensors = false);
Json to_json(const Inspection& inspection);

}  // namespace unidg::weights
