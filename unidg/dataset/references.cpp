#include <algorithm>
#include <set>
#include <system_error>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/manifest.h"
#include "unidg/dataset/scenes.h"

namespace unidg::dataset {
namespace fs = std::filesystem;
namespace {

/// Type and object as the MVTec layout spells them: <object>/test/<type>/012.png.
void name_by_folders(Reference& reference) {
  const fs::path folder = fs::absolute(reference.image).lexically_normal().parent_path(),
                 above = folder.parent_path();
  if (above.filename() == "test") {
    reference.type = folder.filename().string();
    reference.object = above.parent_path().filename().string();
  }
}

std::vector<Reference> references_of_manifest(const fs::path& folder) {
  std::vector<Reference> out;
  for (const auto& entry : read_manifest(folder)) {
    if (entry.abnormal.empty()) continue;
    Reference reference{folder / entry.abnormal, folder / entry.mask, "", ""};
    if (!entry.caption.empty()) {
      const Json caption = parse_json(read_file(folder / entry.caption), (folder / entry.caption).string());
      const auto text_at = [&](const char* level, const char* field) -> std::string {
        const auto list = caption.find(level);
        if (list == caption.end() || !list->is_array() || list->empty()) return "";
        const auto value = list->front().find(field);
        return value != list->front().end() && value->is_string() ? value->get<std::string>() : "";
      };
      reference.type = text_at("defect-level", "type");
      reference.object = text_at("image-level", "foreground-object");
    }
    out.push_back(std::move(reference));
  }
  return out;
}

bool fits_type(const std::string& type, const std::string& wanted) {
  const auto tail = [](const std::string& name) {
    return name.substr(name.rfind('+') == std::string::npos ? 0 : name.rfind('+') + 1);
  };
  return type == wanted || tail(type) == tail(wanted);
}

}  // namespace

Reference find_reference(const fs::path& image, const std::optional<fs::path>& mask) {
  std::error_code ignored;
  if (!fs::is_regular_file(image, ignored)) throw InputError(image.string(), ": no such reference image");
  Reference out{image, {}, "", ""};
  name_by_folders(out);
  if (mask) {
    if (!fs::is_regular_file(*mask, ignored)) throw InputError(mask->string(), ": no such reference mask");
    out.mask = *mask;
    return out;
  }
  const auto found = mask_candidates(image);
  if (found.empty()) {
    const std::string stem = image.stem().string();
    throw InputError(image.string(), ": no mask beside the reference (tried ", stem, "_mask.png, masks/",
                     stem, ".png and the MVTec mirror ground_truth/<type>/", stem,
                     "_mask.png). Pass --reference-mask.");
  }
  out.mask = found.front();
  return out;
}

std::vector<Reference> read_references(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) throw InputError(folder.string(), ": no such references folder");
  std::vector<Reference> out;
  if (fs::is_regular_file(folder / "manifest.jsonl", ignored)) {
    out = references_of_manifest(folder);
  } else {
    const auto files = pictures_below(folder);
    std::set<fs::path> masks;
    std::vector<std::pair<PictureFile, std::vector<fs::path>>> found;
    for (const auto& file : files) {
      if (is_mask_name(file.key)) continue;
      found.emplace_back(file, mask_candidates(file.path));
      for (const auto& mask : found.back().second) masks.insert(mask.lexically_normal());
    }
    std::size_t without = 0;
    std::string first;
    for (const auto& [file, candidates] : found) {
      const bool is_mask = masks.count(file.path.lexically_normal()) > 0 ||
                           file.key.find("ground_truth/") != std::string::npos;
      if (is_mask) continue;
      if (!candidates.empty()) {
        Reference reference{file.path, candidates.front(), "", ""};
        name_by_folders(reference);
        out.push_back(std::move(reference));
      } else if (file.path.parent_path().filename() != "good") {
        if (without++ == 0) first = file.path.string();
      }
    }
    if (without > 0)
      log_warning(without, " pictures below ", folder.string(),
                  " have no mask and are no references, the first is ", first);
  }
  if (out.empty())
    throw InputError(folder.string(),
                     ": holds no reference, that is no picture with a mask (stem_mask.png beside it, "
                     "ground_truth/<type>/ or masks/)");
  return out;
}

MaskedImage load_reference(const Reference& reference) {
  MaskedImage out{load_image(reference.image), load_mask(reference.mask)};
  if (out.mask.width() != out.image.width() || out.mask.height() != out.image.height())
    throw InputError(reference.mask.string(), ": the mask is ", out.mask.width(), "x", out.mask.height(),
                     " but reference ", reference.image.string(), " is ", out.image.width(), "x",
                     out.image.height(), ". A mask needs its picture's size.");
  if (out.mask.is_empty())
    throw InputError(reference.mask.string(), ": the reference's mask is empty, so it shows no defect");
  return out;
}

const Reference& pick_reference(const std::vector<Reference>& references, const std::string& type,
                                std::uint64_t seed, const std::string& item) {
  std::vector<std::size_t> fitting;
  std::set<std::string> types;
  for (std::size_t i = 0; i < references.size(); ++i) {
    types.insert(references[i].type);
    if (type.empty() || fits_type(references[i].type, type)) fitting.push_back(i);
  }
  if (fitting.empty()) {
    std::string known;
    for (const auto& name : types)
      known += (known.empty() ? "" : ", ") + (name.empty() ? std::string("(untyped)") : name);
    throw InputError("no reference of defect type '", type, "'",
                     known.empty() ? "; pass --references DIR" : "; the references show: " + known);
  }
  Rng rng(seed, "reference/" + item);
  return references[rng.pick(fitting)];
}

}  // namespace unidg::dataset
