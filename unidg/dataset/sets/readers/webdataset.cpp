#include "unidg/core/config.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/sets/readers/readers.h"
#include "unidg/dataset/sets/tar.h"

namespace unidg::dataset::sets {
namespace {

std::vector<std::string> shards(const Tree& tree) {
  std::vector<std::string> out, places = {""};
  for (const auto& folder : tree.list().folders) places.push_back(folder);
  for (const auto& place : places)
    for (const auto& name : tree.list(place).files)
      if (name.ends_with(".tar")) out.push_back(join(place, name));
  return out;
}

/// "a/b/key.mask.png" -> key "a/b/key", field "mask.png": WebDataset splits at the first dot of the last
/// part.
struct Name {
  std::string key, field;
};
Name name_of(const std::string& member) {
  const auto slash = member.rfind('/');
  const auto dot = member.find('.', slash == std::string::npos ? 0 : slash + 1);
  if (dot == std::string::npos) return {member, ""};
  return {member.substr(0, dot), lower(member.substr(dot + 1))};
}

/// Members of one key as they come: WebDataset keeps them side by side.
struct Group {
  std::string key;
  std::map<std::string, FileRef> fields;
};

Sample to_sample(const std::string& shard, const Group& group) {
  const auto find = [&](std::initializer_list<const char*> names) -> FileRef {
    for (const auto* name : names)
      for (const auto& [field, file] : group.fields)
        if (field.rfind(std::string(name) + ".", 0) == 0 && is_picture(field)) return file;
    return {};
  };
  Sample out;
  for (const auto* extension : {"png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff"})
    if (const auto found = group.fields.find(extension); out.image.is_empty() && found != group.fields.end())
      out.image = found->second;
  if (out.image.is_empty()) out.image = find({"image", "abnormal"});
  if (out.image.is_empty()) throw InputError(shard, ": ", group.key, " has no picture");
  out.id = sample_id(group.key), out.type = "good";
  Json about = Json::object();
  if (const auto found = group.fields.find("json"); found != group.fields.end())
    about = parse_json(read_bytes(found->second), found->second.name());
  const auto word = [&](const char* key) {
    const auto found = about.is_object() ? about.find(key) : about.end();
    return found != about.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  out.object = word("object"), out.source = word("source"), out.domain = word("domain"),
  out.licence = word("licence");
  out.part = word("part"), out.split = word("split");
  if (!word("origin").empty()) out.origin = word("origin");
  if (!word("mask_kind").empty()) out.mask_kind = word("mask_kind");
  if (const auto mask = find({"mask", "seg"}); !mask.is_empty()) {
    out.type = word("type").empty() ? "defect" : word("type");
    out.parts.push_back({out.type, MaskFile{mask}});
    out.normal = find({"normal"});
    if (const auto caption = group.fields.find("caption.json"); caption != group.fields.end())
      out.caption = caption->second;
  } else if (!word("type").empty() && word("type") != "good") {
    throw InputError(shard, ": ", group.key, " is abnormal but has no mask");
  }
  return out;
}

void read_webdataset(const Tree& tree, const Take& take, Notes& notes) {
  const auto files = shards(tree);
  if (files.empty()) throw InputError(tree.root().string(), ": no .tar here");
  for (const auto& shard : files) {
    Group group;
    const auto finish = [&] {
      if (group.fields.empty()) return;
      try {
        take(to_sample(shard, group));
      } catch (const InputError& error) {
        notes.add("members that cannot be used are left out", error.what());
      }
      group.fields.clear();
    };
    try {
      each_member(tree.root() / shard, [&](const TarMember& member) {
        const auto [key, field] = name_of(member.name);
        if (key != group.key) finish();
        group.key = key;
        if (!field.empty() && member.bytes > 0)
          group.fields[field] = {tree.root() / shard, member.offset, member.bytes, member.name};
        else
          notes.add("empty or unnamed members are passed over", shard + "/" + member.name);
      });
    } catch (const FormatError& error) {
      notes.add("archives that end too early or are damaged", error.what());
    }
    finish();
  }
}

}  // namespace

DatasetReader webdataset_reader() {
  return {"webdataset", "WebDataset: *.tar with KEY.png, KEY.mask.png, KEY.json",
          [](const Tree& tree) -> Recognition {
            const auto files = shards(tree);
            if (files.empty()) return {};
            return {0.9, text(files.size(), " tar files")};
          },
          read_webdataset};
}

}  // namespace unidg::dataset::sets
