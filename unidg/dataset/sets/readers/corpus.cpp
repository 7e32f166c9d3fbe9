#include <fstream>

#include "unidg/core/config.h"
#include "unidg/dataset/sets/readers/readers.h"

namespace unidg::dataset::sets {
namespace {

/// First object of manifest.jsonl, or null.
Json first_line(const Tree& tree) {
  std::ifstream in(tree.root() / "manifest.jsonl");
  std::string line;
  if (!std::getline(in, line) || !Json::accept(line)) return nullptr;
  return Json::parse(line);
}

/// Photos of one spindle over time are one part: bsdata's names begin with its number.
std::string part_of(const std::string& dataset, const std::string& source) {
  const auto name = stem(source);
  if (dataset == "bsdata") return dataset + "/" + name.substr(0, name.find('_'));
  return source.empty() ? "" : dataset + "/" + parent(source) + "/" + name;
}

void read_corpus(const Tree& tree, const Take& take, Notes& notes) {
  std::ifstream in(tree.root() / "manifest.jsonl");
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto where = text("manifest.jsonl:", number);
    try {
      const auto json = parse_json(line, where);
      const auto word = [&](const char* key) {
        const auto found = json.find(key);
        return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
      };
      Sample sample;
      sample.id = word("id"), sample.source = word("dataset"), sample.object = word("object");
      sample.domain = word("domain"), sample.licence = word("licence"), sample.split = word("split");
      sample.mask_kind = word("mask_kind") == "coarse" ? "coarse" : "pixel";
      sample.part = part_of(sample.source, word("source")), sample.type = "good";
      const bool is_abnormal = !word("image").empty();
      if (sample.id.empty() || (!is_abnormal && word("normal").empty()) ||
          (is_abnormal && word("mask").empty()))
        throw FormatError(where, ": expected id and either image + mask or normal");
      sample.image = tree.named(word(is_abnormal ? "image" : "normal"), where);
      if (is_abnormal) {
        sample.type = word("defect");
        sample.parts.push_back({sample.type, MaskFile{tree.named(word("mask"), where)}});
        if (!word("normal").empty()) sample.normal = tree.named(word("normal"), where);
      }
      take(std::move(sample));
    } catch (const InputError& error) {
      notes.add("lines that cannot be used are left out", error.what());
    }
  }
}

}  // namespace

DatasetReader corpus_reader() {
  return {"corpus", "manifest.jsonl with dataset, object, defect, image, mask, normal (docs/formats.md)",
          [](const Tree& tree) -> Recognition {
            const auto line = first_line(tree);
            if (!line.is_object() || !line.contains("dataset") || !line.contains("defect")) return {};
            return {0.98, "manifest.jsonl with the fields dataset and defect"};
          },
          read_corpus};
}

}  // namespace unidg::dataset::sets
