#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "unidg/baselines/config.h"
#include "unidg/dataset/scenes.h"
#include "unidg/generation/generator.h"

namespace unidg::baselines {

/// Pictures that exist already: a published set (<object>/<type>/image/N.jpg beside mask/N.jpg), an MVTec
/// category, or a folder that unidg wrote. Of the reference's defect type the plan's n-th picture takes the
/// n-th file in natural order, or every k-th (`uniform`). The scene is not used, so the quadruplet has no
/// normal picture. The set's own scenes and masks serve other generators with `--scenes` and `--masks
/// from:DIR` (dataset::MaskLibrary).
class FolderGenerator : public generation::Generator {
 public:
  /// @throws InputError when the folder holds no picture with a mask; UsageError for uniform without count
  FolderGenerator(const std::filesystem::path& folder, const FolderConfig& config);

  using Generator::generate;
  std::vector<generation::Result> generate(const std::vector<generation::Request>& requests) const override;
  std::string name() const override { return "folder"; }
  Json settings() const override;

  /// How many pictures there are of each defect type.
  std::map<std::string, std::size_t> counts() const;

 private:
  const dataset::Reference& choose(const generation::Request& request) const;

  std::string folder_;  ///< its name
  FolderConfig config_;
  std::map<std::string, std::vector<dataset::Reference>> by_type_;
};

}  // namespace unidg::baselines
