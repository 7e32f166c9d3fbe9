#include "unidg/baselines/baselines.h"

#include "unidg/baselines/crop_paste.h"
#include "unidg/baselines/cutpaste.h"
#include "unidg/baselines/draem.h"
#include "unidg/baselines/folder.h"
#include "unidg/baselines/nsa.h"
#include "unidg/core/names.h"
#include "unidg/dataset/files_of.h"

namespace unidg::baselines {
namespace {

using Made = std::unique_ptr<generation::Generator>;

std::shared_ptr<const Pictures> textures_of(const Pool& pool) {
  if (pool.textures.empty()) return std::make_shared<const Pictures>();
  std::vector<std::filesystem::path> files;
  for (const auto& file : dataset::pictures_below(pool.textures)) files.push_back(file.path);
  if (files.empty())
    throw InputError(pool.textures.string(),
                     ": the textures folder holds no picture (png, jpg, bmp, tif, webp)");
  return std::make_shared<const Pictures>(std::move(files), /*with_product=*/false);
}

Made make_draem(const Config& config, const Pool& pool) {
  const auto textures = textures_of(pool);
  return std::make_unique<Draem>(config, textures);
}

Made make_folder(const Config& config, const Pool& pool) {
  if (pool.folder.empty())
    throw UsageError("baseline 'folder' needs the folder of existing pictures and masks (--from)");
  return std::make_unique<FolderGenerator>(pool.folder, config.folder);
}

}  // namespace

const std::vector<Entry>& table() {
  static const std::vector<Entry> entries = {
      {"crop-paste", "the reference's defect pixels, turned and scaled to the mask, hard edge", true,
       [](const Config& c, const Pool&) -> Made { return std::make_unique<CropPaste>(c); }},
      {"copy-harmonise", "the same, bent along the mask, Lab statistics matched, soft edge", true,
       [](const Config& c, const Pool&) -> Made { return std::make_unique<CopyHarmonise>(c); }},
      {"collage", "the defect lifted, warped and repainted: where the embedded model starts", true,
       [](const Config& c, const Pool&) -> Made { return std::make_unique<Collage>(c); }},
      {"cutpaste", "a colour-jittered patch of the scene itself, pasted elsewhere", false,
       [](const Config& c, const Pool&) -> Made { return std::make_unique<CutPaste>(c); }},
      {"cutpaste-scar", "the same with a long thin turned patch", false,
       [](const Config& c, const Pool&) -> Made { return std::make_unique<CutPasteScar>(c); }},
      {"draem", "a texture blended in where Perlin noise is high", false, make_draem},
      {"nsa", "patches of another good picture, by Poisson image editing", false,
       [](const Config& c, const Pool& pool) -> Made {
         return std::make_unique<Nsa>(c, std::make_shared<const Pictures>(pool.good, /*with_product=*/true));
       }},
      {"folder", "existing pictures and masks, such as a published set", false, make_folder},
  };
  return entries;
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& entry : table()) out.push_back(entry.name);
  return out;
}

const Entry& find(const std::string& name) {
  for (const auto& entry : table())
    if (entry.name == name) return entry;
  std::string known;
  for (const auto& other : names()) known += (known.empty() ? "" : ", ") + other;
  const auto near = closest(name, names());
  throw UsageError("no baseline '", name, "'", near.empty() ? "" : ", did you mean '" + near + "'",
                   "; there are ", known);
}

std::unique_ptr<generation::Generator> make(const std::string& name, const Config& config, const Pool& pool) {
  return find(name).make(config, pool);
}

}  // namespace unidg::baselines
