#include "unidg/baselines/folder.h"

#include <algorithm>

#include "unidg/baselines/settings.h"
#include "unidg/dataset/files_of.h"

namespace unidg::baselines {
namespace fs = std::filesystem;
using generation::Request;
using generation::Result;

namespace {

/// "broken" for broken/image/7.jpg and broken/7.png, where the layout says nothing itself.
std::string type_of(const dataset::Reference& picture) {
  if (!picture.type.empty()) return picture.type;
  auto folder = fs::absolute(picture.image).lexically_normal().parent_path();
  if (folder.filename() == "image" || folder.filename() == "images") folder = folder.parent_path();
  return folder.filename().string();
}

}  // namespace

FolderGenerator::FolderGenerator(const fs::path& folder, const FolderConfig& config)
    : folder_(fs::absolute(folder / ".").lexically_normal().parent_path().filename().string()),
      config_(config) {
  if (config_.pick == "uniform" && config_.count < 1)
    throw UsageError("folder.pick=uniform needs folder.count, how many pictures are picked of each type");
  for (auto& picture : dataset::read_references(folder)) by_type_[type_of(picture)].push_back(picture);
  for (auto& [type, pictures] : by_type_)
    std::sort(pictures.begin(), pictures.end(), [](const auto& a, const auto& b) {
      return dataset::natural_less(a.image.generic_string(), b.image.generic_string());
    });
}

Json FolderGenerator::settings() const {
  Json out = {{"folder.from", folder_}};
  const Json own = echo_fields(config_);
  for (const auto& [name, value] : own.items()) out["folder." + name] = value;
  return out;
}

std::map<std::string, std::size_t> FolderGenerator::counts() const {
  std::map<std::string, std::size_t> out;
  for (const auto& [type, pictures] : by_type_) out[type] = pictures.size();
  return out;
}

const dataset::Reference& FolderGenerator::choose(const Request& request) const {
  const bool is_single = request.type.empty() && by_type_.size() == 1;
  const auto found = is_single ? by_type_.begin() : by_type_.find(request.type);
  if (found == by_type_.end()) {
    std::string known;
    for (const auto& [type, pictures] : by_type_) known += (known.empty() ? "" : ", ") + type;
    throw InputError(request.id, ": ", folder_, " holds no pictures of type '", request.type, "', but of ",
                     known);
  }
  const auto& pictures = found->second;
  auto index = request.number;
  if (config_.pick == "uniform") index = index * pictures.size() / static_cast<std::size_t>(config_.count);
  if (index >= pictures.size())
    throw InputError(request.id, ": picture ", request.number + 1, " of type '", found->first,
                     "' is asked for, but ", folder_, " holds ", pictures.size(), ". Ask for fewer.");
  return pictures[index];
}

std::vector<Result> FolderGenerator::generate(const std::vector<Request>& requests) const {
  std::vector<Result> results;
  for (const auto& request : requests) {
    Result result;
    try {
      auto picture = dataset::load_reference(choose(request));
      result.used = Mask(cv::Mat(picture.image.pixels().size(), CV_8UC1, cv::Scalar(255)));
      result.image = std::move(picture.image), result.label = std::move(picture.mask);
      result.is_foreign = true;
      result.status = "ok";
    } catch (const InputError& error) {
      result.status = "failed", result.reason = error.what();
    }
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace unidg::baselines
