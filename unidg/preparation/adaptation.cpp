#include "unidg/preparation/adaptation.h"

#include <map>
#include <opencv2/imgproc.hpp>
#include <set>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/rng.h"
#include "unidg/image/identity.h"
#include "unidg/image/layout.h"
#include "unidg/preparation/pairs.h"
#include "unidg/preparation/shard_writing.h"

namespace unidg::preparation {
namespace fs = std::filesystem;

void fields(FieldVisitor& visit, AdaptationConfig& c) {
  visit("pairs", c.pairs, in(1, 1e6), "training pairs cut from the references");
  visit("same_image", c.same_image, in(0, 1), "share with the same photo as reference");
  visit("scene", c.scene, in(0, 1), "share that lies on a good picture, where one shares the photo's layout");
  visit("seed", c.seed, any(), "of every random choice");
}

AdaptConfig::AdaptConfig() {
  train.steps = 400, train.batch = 8, train.warmup = 20, train.ema = 0.98, train.swap_channels = false;
  train.save_every = 100, train.sample_every = 1'000'000;
  train.lora.rank = train.lora.alpha = 16;
}

void fields(FieldVisitor& visit, AdaptConfig& c) {
  visit.group("pairs", c.pairs);
  visit.group("train", c.train);
}

namespace {

constexpr int kSmallestMask = 6;          // pixels, as `prepare` asks for
constexpr std::size_t kScenesTried = 32;  // good pictures that are looked at

/// One defect and the good pictures it could have happened to.
struct Defect {
  MaskedImage photo;
  std::string type;
  std::vector<cv::Mat> scenes;  ///< of the photo's size and tone
};

/// A good picture as it would look in the defective photo's light.
cv::Mat toned(const Image& scene, const MaskedImage& photo) {
  cv::Mat out;
  cv::resize(scene.rgb8(), out, photo.image.pixels().size(), 0, 0, cv::INTER_AREA);
  const cv::Mat kept = ~photo.mask.pixels();
  cv::Mat moved;
  out.convertTo(moved, CV_32FC3);
  moved += cv::mean(photo.image.rgb8(), kept) - cv::mean(out, kept);
  moved.convertTo(out, CV_8UC3);
  return out;
}

class Defects {
 public:
  Defects(const std::vector<dataset::Reference>& references, const std::vector<fs::path>& scenes) {
    std::vector<Image> good;
    for (std::size_t i = 0; i < std::min(kScenesTried, scenes.size()); ++i)
      good.push_back(load_image(scenes[i * scenes.size() / std::min(kScenesTried, scenes.size())]));
    for (const auto& reference : references) {
      // A folder a type is how people keep them, MVTec layout or not.
      const auto type =
          reference.type.empty() ? reference.image.parent_path().filename().string() : reference.type;
      Defect one{dataset::load_reference(reference), type, {}};
      if (one.photo.mask.area() < kSmallestMask) continue;
      for (const auto& scene : good)
        if (layout_of(scene, one.photo.image).is_shared) one.scenes.push_back(toned(scene, one.photo));
      by_type_[one.type].push_back(all_.size());
      all_.push_back(std::move(one));
    }
    if (all_.empty())
      throw InputError("none of the ", references.size(), " references has a mask of at least ",
                       kSmallestMask, " pixels, so there is nothing to adapt to");
  }

  std::optional<Pair> make(std::int64_t size, const AdaptationConfig& config, Rng& rng) const {
    const auto target = static_cast<std::size_t>(rng.integer(static_cast<std::int64_t>(all_.size())));
    const auto& kind = by_type_.at(all_[target].type);
    const bool is_own = kind.size() == 1 || rng.chance(config.same_image);
    auto reference = target;
    while (!is_own && reference == target) reference = rng.pick(kind);
    auto defect = all_[reference].photo;
    if (is_own) defect = jitter(defect, rng);
    const auto& scenes = all_[target].scenes;
    Rng choice(rng.bits(), "scene");  // its own: windows do not depend on the scenes given
    std::optional<Image> normal;
    if (!scenes.empty() && choice.chance(config.scene)) normal = Image(choice.pick(scenes));
    return make_pair(all_[target].photo, normal, defect, static_cast<int>(size), rng);
  }

 private:
  std::vector<Defect> all_;
  std::map<std::string, std::vector<std::size_t>> by_type_;
};

/// Pairs that are there were cut from the same photos and masks by the same settings, or nothing goes on.
void write_or_compare_note(const fs::path& out, const std::vector<dataset::Reference>& references,
                           const std::vector<fs::path>& scenes, std::int64_t size,
                           const AdaptationConfig& config) {
  std::string contents;
  for (const auto& reference : references)
    contents +=
        sha256_hex(read_file(reference.image)) + sha256_hex(read_file(reference.mask)) + reference.type;
  for (const auto& scene : scenes) contents += sha256_hex(read_file(scene));
  const Json now = {{"inputs", sha256_hex(contents)}, {"size", size}, {"settings", echo_fields(config)}};
  const auto note = out / "adapt.json";
  if (fs::exists(note) && parse_json(read_file(note), note.string()) != now)
    throw UsageError(out.string(),
                     ": holds pairs of other references, scenes or settings. Delete it, or use another "
                     "--out or --run.");
  write_file_atomic(note, now.dump(2) + "\n");
}

void write_list(const fs::path& out, const std::vector<dataset::Reference>& references,
                const std::vector<fs::path>& scenes) {
  std::vector<fs::path> files = scenes;
  for (const auto& reference : references) files.push_back(reference.image);
  std::set<std::string> known;
  std::string lines;
  for (const auto& file : files) {
    const auto identity = identify(load_image(file));
    if (!known.insert(identity.sha256).second) continue;
    const Json line = {{"name", file.filename().string()},
                       {"sha256", identity.sha256},
                       {"dhash", hash_hex(identity.brighter)}};
    lines += line.dump() + "\n";
  }
  write_file_atomic(out / "training.jsonl", lines);
}

}  // namespace

PrepareReport prepare_adaptation(const std::vector<dataset::Reference>& references,
                                 const std::vector<fs::path>& scenes, const fs::path& out, std::int64_t size,
                                 const AdaptationConfig& config) {
  write_or_compare_note(out, references, scenes, size, config);
  const Defects defects(references, scenes);
  const auto report =
      write_shards(out, {config.pairs, 512, false, echo_fields(config).dump()},
                   [&](std::int64_t number, bool, int attempt) -> std::optional<ShardPair> {
                     Rng rng(static_cast<std::uint64_t>(config.seed), text("adapt ", number, " ", attempt));
                     const auto pair = defects.make(size, config, rng);
                     if (!pair) return std::nullopt;
                     return ShardPair{to_bytes(pair->reference), to_bytes(pair->target),
                                      to_bytes(pair->collage), to_bytes(pair->mask), "references"};
                   });
  if (!fs::exists(out / "training.jsonl")) write_list(out, references, scenes);
  return report;
}

}  // namespace unidg::preparation
