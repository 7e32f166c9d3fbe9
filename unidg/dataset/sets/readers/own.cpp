#include <fstream>

#include "unidg/core/config.h"
#include "unidg/core/files.h"
#include "unidg/dataset/manifest.h"
#include "unidg/dataset/sets/readers/readers.h"
#include "unidg/dataset/sets/set_folder.h"

namespace unidg::dataset::sets {
namespace {

bool is_quadruplet_manifest(const Tree& tree) {
  std::ifstream in(tree.root() / "manifest.jsonl");
  std::string line;
  if (!std::getline(in, line) || !Json::accept(line)) return false;
  const auto json = Json::parse(line);
  return json.is_object() && json.contains("abnormal") && json.contains("mask_used") &&
         json.contains("status");
}

/// Object and type as a caption tells them; "" where it does not.
struct Told {
  std::string object, type;
};
Told told(const Tree& tree, const std::string& caption) {
  if (caption.empty() || !tree.has_file(caption)) return {};
  const auto json = parse_json(read_file(tree.root() / caption), caption);
  const auto field = [&](const char* level, const char* name) -> std::string {
    const auto list = json.find(level);
    if (list == json.end() || !list->is_array() || list->empty() || !list->front().is_object()) return "";
    const auto value = list->front().find(name);
    return value != list->front().end() && value->is_string() ? value->get<std::string>() : "";
  };
  return {field("image-level", "foreground-object"), field("defect-level", "type")};
}

void read_quadruplets(const Tree& tree, const Take& take, Notes& notes) {
  for (const auto& entry : read_manifest(tree.root())) {
    if (entry.status == "failed" || entry.abnormal.empty() || entry.mask.empty()) {
      notes.add("failed items are left out", entry.id);
      continue;
    }
    const auto words = told(tree, entry.caption);
    Sample sample;
    sample.id = entry.id, sample.image = tree.named(entry.abnormal, entry.id), sample.origin = "synthesised";
    if (!entry.normal.empty()) sample.normal = tree.named(entry.normal, entry.id);
    if (!entry.caption.empty()) sample.caption = tree.named(entry.caption, entry.id);
    sample.object = words.object, sample.type = words.type.empty() ? "defect" : words.type;
    sample.source = entry.model.empty() ? "unidg" : "unidg " + entry.model;
    sample.parts.push_back({sample.type, MaskFile{tree.named(entry.mask, entry.id)}});
    take(std::move(sample));
  }
}

}  // namespace

DatasetReader set_reader() {
  return {"set", "a set that `unidg dataset import` wrote: set.json and manifest.jsonl",
          [](const Tree& tree) -> Recognition {
            if (!is_set(tree.root())) return {};
            const auto info = read_info(tree.root());
            if (!info.is_object() || !info.contains("format") || info["format"] != "unidg set") return {};
            return {1, "set.json says so"};
          },
          [](const Tree& tree, const Take& take, Notes&) {
            each_entry(tree.root(), [&](const SetEntry& entry) { take(to_sample(entry, tree.root())); });
          }};
}

DatasetReader quadruplet_reader() {
  return {"quadruplets", "a folder that `unidg generate` or `unidg procedural` wrote",
          [](const Tree& tree) -> Recognition {
            if (!is_quadruplet_manifest(tree)) return {};
            return {0.99, "manifest.jsonl with the fields abnormal, mask_used and status"};
          },
          read_quadruplets};
}

}  // namespace unidg::dataset::sets
