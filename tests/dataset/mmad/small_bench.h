#pragma once
#include <string>
#include <vector>

#include "support/temp_folder.h"
#include "unidg/core/config.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/mmad/context.h"

/// A small question set after MMAD's published form, and a small set of quadruplets.
namespace unidg::dataset::mmad::testing_bench {

namespace fs = std::filesystem;

/// Seeded noise in blocks: no two seeds are near duplicates.
inline Image photo(std::uint64_t seed, int width = 64, int height = 48) {
  Image out(width, height, PixelFormat::Rgb8);
  Rng rng(seed, "photo");
  for (int y = 0; y < height; y += 4)
    for (int x = 0; x < width; x += 4) {
      const auto grey = static_cast<double>(rng.integer(256));
      out.pixels()(cv::Rect(x, y, 4, 4)).setTo(cv::Scalar::all(grey));
    }
  return out;
}

struct Quadruplet {
  std::string id, object, type;
  int category = 7;
  std::string domain = "industrial", part;
  Image abnormal, normal;
  Json caption = Json();
  std::string split;
};

/// Writes a set of these; the mask is a box at the upper left.
inline fs::path write_set(const fs::path& folder, const std::vector<Quadruplet>& quadruplets) {
  sets::SetWriter writer(folder);
  std::vector<sets::SetEntry> entries;
  for (const auto& one : quadruplets) {
    sets::SetEntry entry;
    const auto put = [&](const std::string& what, const std::string& bytes, const std::string& end) {
      const auto inside = what + "/" + one.id + end;
      writer.put(inside, bytes);
      return inside;
    };
    const auto bytes = encode_png(one.abnormal);
    Mask mask(one.abnormal.width(), one.abnormal.height());
    mask.pixels()(cv::Rect(8, 6, 16, 6)).setTo(255);
    entry.id = one.id, entry.source = "small", entry.object = one.object, entry.type = one.type;
    entry.category = one.category, entry.domain = one.domain, entry.licence = "own", entry.split = one.split;
    entry.part = one.part, entry.width = one.abnormal.width(), entry.height = one.abnormal.height();
    entry.abnormal = put("abnormal", bytes, ".png"), entry.sha256 = sha256_hex(bytes);
    entry.mask = put("mask", encode_png(mask), ".png"), entry.mask_area = mask.area();
    if (!one.normal.is_empty()) {
      const auto good = encode_png(one.normal);
      entry.normal = put("normal", good, ".png"), entry.normal_sha256 = sha256_hex(good);
    }
    if (!one.caption.is_null()) entry.caption = put("caption", one.caption.dump(), ".json");
    entries.push_back(entry);
  }
  writer.append(entries);
  writer.write_info({{"complete", true}});
  return folder;
}

inline Quadruplet quadruplet(const std::string& id, const std::string& object, const std::string& type,
                             int category, std::uint64_t seed) {
  Quadruplet out{id, object, type, category};
  out.abnormal = photo(seed), out.normal = photo(seed + 500);
  return out;
}

inline Json question(const std::string& words, const std::string& answer, const std::string& type) {
  return {{"Question", words},
          {"Answer", answer},
          {"Options", {{"A", "Yes."}, {"B", "No."}}},
          {"type", type},
          {"annotation", true}};
}

/// Layout and keys as in jam-cc/MMAD's mmad.json: three pictures of a bottle, two of them defective, and one
/// of a candle.
inline Json questions() {
  Json classified = question("What is the type of the defect?", "A", "Defect Classification");
  classified["Options"] = {{"A", "Broken large."}, {"B", "Contamination."}};
  const Json detection = question("Is there any defect in the object?", "A", "Anomaly Detection");
  const Json none = question("Is there any defect in the object?", "B", "Anomaly Detection");
  const Json templates = {"MVTec-AD/bottle/train/good/001.png", "MVTec-AD/bottle/train/good/002.png"};
  const auto entry = [&](Json conversation) {
    return Json{{"image_path", "image"},
                {"mask_path", "mask"},
                {"conversation", std::move(conversation)},
                {"similar_templates", {templates[1]}},
                {"random_templates", templates}};
  };
  return {
      {"DS-MVTec/bottle/image/broken_large/000.png", entry({detection, classified})},
      {"DS-MVTec/bottle/image/contamination/000.png", entry({detection})},
      {"DS-MVTec/bottle/image/good/000.png", entry({none, question("What is it?", "A", "Object Details")})},
      {"VisA/candle/test/bad/000.png", entry({detection})}};
}

/// Writes mmad.json and its pictures. @returns the question file
inline fs::path write_questions(const fs::path& folder, const Json& json = questions()) {
  Progress::set_default_style(Progress::Style::Quiet);
  std::uint64_t seed = 9000;
  for (const auto& [image, entry] : json.items()) save_png(folder / image, photo(seed++));
  save_png(folder / "MVTec-AD/bottle/train/good/001.png", photo(8001));
  save_png(folder / "MVTec-AD/bottle/train/good/002.png", photo(8002));
  write_file_atomic(folder / "mmad.json", json.dump());
  return folder / "mmad.json";
}

inline std::vector<Json> read_lines(const fs::path& file) {
  std::vector<Json> out;
  std::istringstream in(read_file(file));
  for (std::string line; std::getline(in, line);) out.push_back(parse_json(line, file.string()));
  return out;
}

}  // namespace unidg::dataset::mmad::testing_bench
