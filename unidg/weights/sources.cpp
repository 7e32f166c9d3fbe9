#include <algorithm>

#include "unidg/core/config.h"
#include "unidg/core/error.h"
#include "unidg/core/log.h"
#include "unidg/core/names.h"
#include "unidg/weights/scope.h"

namespace unidg::weights {
namespace fs = std::filesystem;
namespace {

class MemorySource : public Source {
 public:
  MemorySource(std::map<std::string, Tensor> tensors, std::string description)
      : tensors_(std::move(tensors)), description_(std::move(description)) {}
  std::string describe() const override { return description_; }
  bool contains(const std::string& name) const override { return tensors_.contains(name); }
  std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const auto& [name, tensor] : tensors_) out.push_back(name);
    return out;
  }
  std::vector<std::int64_t> shape(const std::string& name) const override { return load(name).sizes().vec(); }
  Tensor load(const std::string& name) const override {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) throw FormatError(description_, ": no tensor '", name, "'");
    return found->second;
  }

 private:
  std::map<std::string, Tensor> tensors_;
  std::string description_;
};

/// One file or the shards of an index: every name knows its file.
class FileSource : public Source {
 public:
  FileSource(fs::path path, std::map<std::string, std::shared_ptr<const SafetensorsFile>> files)
      : path_(std::move(path)), files_(std::move(files)) {}
  std::string describe() const override { return path_.string(); }
  bool contains(const std::string& name) const override { return files_.contains(name); }
  std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const auto& [name, file] : files_) out.push_back(name);
    return out;
  }
  std::vector<std::int64_t> shape(const std::string& name) const override { return info(name).shape; }
  std::string dtype(const std::string& name) const override { return info(name).dtype; }
  Tensor load(const std::string& name) const override { return file(name).tensor(name); }
  std::map<std::string, std::string> metadata() const override {
    return files_.empty() ? std::map<std::string, std::string>{} : files_.begin()->second->metadata();
  }

 private:
  const SafetensorsFile& file(const std::string& name) const {
    const auto found = files_.find(name);
    if (found == files_.end())
      throw FormatError(describe(), ": no tensor '", name, "' (closest: '", closest(name, names()),
                        "'). `unidg inspect` lists what the file holds.");
    return *found->second;
  }
  const TensorInfo& info(const std::string& name) const { return file(name).tensors().at(name); }

  fs::path path_;
  std::map<std::string, std::shared_ptr<const SafetensorsFile>> files_;
};

class PrefixSource : public Source {
 public:
  PrefixSource(std::shared_ptr<Source> inner, std::string prefix)
      : inner_(std::move(inner)), prefix_(std::move(prefix)) {}
  std::string describe() const override { return inner_->describe() + " (" + prefix_ + "*)"; }
  bool contains(const std::string& name) const override { return inner_->contains(prefix_ + name); }
  std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const auto& name : inner_->names())
      if (name.starts_with(prefix_)) out.push_back(name.substr(prefix_.size()));
    return out;
  }
  std::vector<std::int64_t> shape(const std::string& name) const override {
    return inner_->shape(prefix_ + name);
  }
  std::string dtype(const std::string& name) const override { return inner_->dtype(prefix_ + name); }
  Tensor load(const std::string& name) const override { return inner_->load(prefix_ + name); }
  std::map<std::string, std::string> metadata() const override { return inner_->metadata(); }
  bool invents() const override { return inner_->invents(); }
  Tensor make(const std::string& name, torch::IntArrayRef shape) const override {
    return inner_->make(prefix_ + name, shape);
  }

 private:
  std::shared_ptr<Source> inner_;
  std::string prefix_;
};

std::shared_ptr<Source> open_file(const fs::path& path) {
  const auto file = SafetensorsFile::open(path);
  std::map<std::string, std::shared_ptr<const SafetensorsFile>> files;
  for (const auto& [name, info] : file->tensors()) files.emplace(name, file);
  return std::make_shared<FileSource>(path, std::move(files));
}

/// The shard an index names: a plain file beside the index. Links are followed only as far as the folder
/// where the index itself lies, which is how the Hugging Face cache lays its files out.
fs::path sibling(const fs::path& index, const std::string& name) {
  const auto refuse = [&](const char* why) {
    throw FormatError(index.string(), ": names the shard '", name.c_str(), "', ", why,
                      ". An index may name plain files beside it only.");
  };
  if (name.empty() || name == "." || name == ".." || name.find_first_of("/\\") != std::string::npos ||
      name.find('\0') != std::string::npos)
    refuse("which is not a plain file name");
  const fs::path path = index.parent_path() / name;
  std::error_code error;
  const auto real = fs::canonical(path, error);
  if (error) refuse("which is missing");
  if (real.parent_path() != fs::canonical(path.parent_path().empty() ? "." : path.parent_path()) &&
      real.parent_path() != fs::canonical(index).parent_path())
    refuse("a link that leads out of the folder");
  return path;
}

std::shared_ptr<Source> open_index(const fs::path& path) {
  const auto index = parse_json(read_file(path, kMaxHeaderBytes), path.string());
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object())
    throw FormatError(path.string(),
                      ": expected a sharded index, an object with 'weight_map'. Pass a safetensors file.");

  std::map<std::string, std::shared_ptr<const SafetensorsFile>> shards, files;
  for (const auto& [name, shard] : index["weight_map"].items()) {
    if (!shard.is_string()) throw FormatError(path.string(), ": weight_map['", name, "'] is no file name");
    auto& file = shards[shard.get<std::string>()];
    if (!file) file = SafetensorsFile::open(sibling(path, shard.get<std::string>()));
    if (!file->tensors().contains(name))
      throw FormatError(path.string(), ": places '", name, "' in ", shard.get<std::string>(),
                        ", which does not hold it. Download index and shards of one release.");
    files.emplace(name, file);
  }

  std::map<std::string, std::string> owner;
  std::size_t unlisted = 0;
  for (const auto& [shard, file] : shards)
    for (const auto& [name, info] : file->tensors()) {
      const auto [known, is_new] = owner.emplace(name, shard);
      if (!is_new)
        throw FormatError(path.string(), ": tensor '", name, "' is repeated in ", known->second, " and ",
                          shard, ". Download index and shards of one release.");
      unlisted += !files.contains(name);
    }
  if (unlisted > 0)
    log_warning(path.string(), ": the shards hold ", unlisted, " tensors the index does not list; not used");
  return std::make_shared<FileSource>(path, std::move(files));
}

std::shared_ptr<Source> open_folder(const fs::path& folder) {
  for (const char* stem : {"diffusion_pytorch_model", "model"}) {
    const fs::path file = folder / text(stem, ".safetensors");
    if (fs::exists(file)) return open_file(file);
    const fs::path index = folder / text(stem, ".safetensors.index.json");
    if (fs::exists(index)) return open_index(index);
  }
  if (fs::exists(folder / "model_index.json"))
    throw FormatError(folder.string(), ": is a whole diffusers pipeline; name one component, such as ",
                      (folder / "transformer").string());
  std::vector<fs::path> safetensors, indexes, pickles;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name.ends_with(".safetensors")) safetensors.push_back(entry.path());
    if (name.ends_with(".safetensors.index.json")) indexes.push_back(entry.path());
    if (name.ends_with(".bin") || name.ends_with(".ckpt") || name.ends_with(".pt") || name.ends_with(".pth"))
      pickles.push_back(entry.path());
  }
  if (indexes.size() == 1) return open_index(indexes[0]);
  if (safetensors.size() == 1) return open_file(safetensors[0]);
  if (!safetensors.empty())
    throw FormatError(folder.string(), ": holds ", safetensors.size(),
                      " safetensors files and no index that joins them. Name one of them.");
  throw FormatError(folder.string(), ": holds no *.safetensors",
                    pickles.empty()
                        ? ""
                        : text(" (", pickles[0].filename().string(),
                               " looks like a pickle, which unidg never opens; convert it to safetensors)"),
                    ". Pass a weight file or a folder that holds one.");
}

}  // namespace

Tensor Source::make(const std::string& name, torch::IntArrayRef shape) const {
  throw FormatError(describe(), ": cannot invent tensor '", name, "' of shape ", shape);
}

std::string Source::dtype(const std::string& name) const { return dtype_name(load(name).scalar_type()); }

std::shared_ptr<Source> memory_source(std::map<std::string, Tensor> tensors, std::string description) {
  return std::make_shared<MemorySource>(std::move(tensors), std::move(description));
}

std::shared_ptr<Source> open_source(const fs::path& path) {
  if (!fs::exists(path)) throw InputError(path.string(), ": no such weight file or folder");
  if (fs::is_directory(path)) return open_folder(path);
  return path.extension() == ".json" ? open_index(path) : open_file(path);
}

std::shared_ptr<Source> strip_prefix(std::shared_ptr<Source> inner, const std::string& prefix) {
  return std::make_shared<PrefixSource>(std::move(inner), prefix);
}

}  // namespace unidg::weights
