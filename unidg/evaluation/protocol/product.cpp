#include "unidg/evaluation/protocol/product.h"

#include <algorithm>
#include <map>

#include "unidg/core/error.h"
#include "unidg/dataset/files_of.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;
namespace {

constexpr const char* kLayout =
    "MVTec-AD's layout is train/good, test/good, test/<type> and ground_truth/<type>/<stem>_mask.png";

std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.is_directory(error) && entry.path().filename().string().front() != '.')
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

bool by_number(const dataset::PictureFile& a, const dataset::PictureFile& b) {
  return dataset::natural_less(a.key, b.key);
}

std::vector<fs::path> good_pictures(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return out;
  auto files = dataset::pictures_below(folder);
  std::sort(files.begin(), files.end(), by_number);
  for (const auto& file : files) out.push_back(file.path);
  return out;
}

/// Every picture of a type with its mask.
std::vector<DefectFile> paired(const fs::path& product, const std::string& type) {
  const fs::path truth = product / "ground_truth" / type;
  std::error_code ignored;
  if (!fs::is_directory(truth, ignored))
    throw InputError(truth.string(), ": missing ground truth for test/", type,
                     ". Put one mask a picture there, named <stem>_mask.png (white = defect); ", kLayout,
                     ".");
  std::map<std::string, fs::path> masks;
  for (const auto& file : dataset::pictures_below(truth))
    masks[dataset::without_mask_suffix(file.key)] = file.path;

  auto files = dataset::pictures_below(product / "test" / type);
  std::sort(files.begin(), files.end(), by_number);
  std::vector<DefectFile> out;
  for (const auto& file : files) {
    const auto mask = masks.find(file.key);
    if (mask == masks.end())
      throw InputError(file.path.string(), ": missing ground truth, expected ",
                       (truth / (file.key + "_mask.png")).string(),
                       ". Add the mask, or take the picture out of the test set.");
    out.push_back({file.path, mask->second, "test/" + type + "/" + file.key});
    masks.erase(mask);
  }
  if (!masks.empty())
    throw InputError(masks.begin()->second.string(), ": a mask without its picture (expected test/", type,
                     "/", masks.begin()->first, " as png, jpg, bmp, tif or webp)",
                     masks.size() > 1 ? text("; ", masks.size() - 1, " more masks are alone") : "",
                     ". Remove the mask or bring the picture back.");
  return out;
}

}  // namespace

void fields(FieldVisitor& visit, SplitConfig& c) {
  visit("split", c.split, one_of({"third", "third_or_one"}),
        "pool of a type: floor(n / 3), or at least one picture (SeaS)");
  visit("small_types", c.small_types, one_of({"stop", "skip"}), "a type with fewer than 3 pictures");
}

std::size_t Product::abnormal_test() const {
  std::size_t count = 0;
  for (const auto& type : types) count += type.test.size();
  return count;
}

std::size_t pool_size(std::size_t n, const std::string& split) {
  return split == "third_or_one" ? std::max<std::size_t>(n / 3, 1) : n / 3;
}

Product read_product(const fs::path& folder, const SplitConfig& config) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    throw InputError(folder.string(), ": no such product folder. ", kLayout,
                     "; point --products at the folder that holds the products.");
  Product product;
  product.folder = folder;
  product.name = fs::absolute(folder / ".").lexically_normal().parent_path().filename().string();
  product.good_train = good_pictures(folder / "train" / "good");
  product.good_test = good_pictures(folder / "test" / "good");
  if (product.good_train.empty())
    throw InputError((folder / "train" / "good").string(), ": holds no picture. ", kLayout, ".");
  if (product.good_test.empty())
    throw InputError((folder / "test" / "good").string(),
                     ": holds no picture; with defects alone (one class only) AUROC is not defined. ",
                     kLayout, ".");

  const auto names = folders_in(folder / "test");
  for (const auto& name : folders_in(folder / "ground_truth"))
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw InputError((folder / "ground_truth" / name).string(),
                       ": masks without their pictures (no folder test/", name,
                       "). Remove the masks or bring the pictures back.");
  for (const auto& name : names) {
    if (name == "good") continue;
    auto files = paired(folder, name);
    constexpr std::size_t kFewest = 3;
    const std::size_t fewest = config.split == "third_or_one" ? 2 : kFewest;
    if (files.size() < fewest) {
      if (config.small_types == "stop")
        throw InputError((folder / "test" / name).string(), ": holds ", files.size(),
                         " pictures, but a type needs ", fewest,
                         " (the first third are references, the rest is test). Add pictures, join the type "
                         "with another one, or leave it out with --set split.small_types=skip.");
      product.left_out.push_back(text("type ", name, ": only ", files.size(), " pictures"));
      continue;
    }
    const auto pool = static_cast<std::ptrdiff_t>(pool_size(files.size(), config.split));
    product.types.push_back(
        {name, {files.begin(), files.begin() + pool}, {files.begin() + pool, files.end()}});
  }
  if (product.types.empty())
    throw InputError((folder / "test").string(), ": holds no defect type (one class only). ", kLayout, ".");
  return product;
}

MaskedImage load_defect(const DefectFile& file) {
  MaskedImage out{load_image(file.image), load_mask(file.mask)};
  if (out.mask.width() != out.image.width() || out.mask.height() != out.image.height())
    throw InputError(file.mask.string(), ": the mask is ", out.mask.width(), "x", out.mask.height(), " but ",
                     file.image.string(), " is ", out.image.width(), "x", out.image.height(),
                     ". A mask needs its picture's size.");
  if (out.mask.is_empty())
    throw InputError(file.mask.string(), ": the mask is empty, but ", file.image.string(),
                     " stands among the defects. White marks the defect.");
  return out;
}

}  // namespace unidg::evaluation
