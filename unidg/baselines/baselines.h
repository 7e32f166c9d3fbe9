#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "unidg/baselines/config.h"
#include "unidg/generation/generator.h"

namespace unidg::baselines {

/// Pictures beside the request that a baseline may draw from.
struct Pool {
  std::vector<std::filesystem::path> good;  ///< good pictures of the product (NSA); empty: the scene itself
  std::filesystem::path textures;           ///< folder of textures (DRAEM); empty: noise
  std::filesystem::path folder;             ///< existing pictures and masks (folder)
};

/// One line of the table.
struct Entry {
  std::string name;
  std::string sentence;          ///< what it does, for the help
  bool needs_reference = false;  ///< copies a defect
  std::unique_ptr<generation::Generator> (*make)(const Config&, const Pool&);
};
/// Every baseline, in the order of the help.
const std::vector<Entry>& table();

std::vector<std::string> names();
/// @throws UsageError naming the nearest
const Entry& find(const std::string& name);
/// @throws UsageError for an unknown name or a pool that lacks what this one needs; InputError for its files
std::unique_ptr<generation::Generator> make(const std::string& name, const Config& config = {},
                                            const Pool& pool = {});

}  // namespace unidg::baselines
