#include "unidg/sft/pairs/quadruplets.h"

#include <atomic>
#include <optional>

#include "unidg/core/error.h"
#include "unidg/core/progress.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/sets/parallel.h"

namespace unidg::sft {
namespace {

namespace fs = std::filesystem;
namespace sets = dataset::sets;

/// Of the split, origin and kind of mask that may train.
bool may_train(const sets::SetEntry& entry, const SelectConfig& select) {
  return !entry.is_normal() && (select.test || entry.split != "test") &&
         (select.boxes || entry.mask_kind == "pixel") &&
         (select.origin == "all" || select.origin == entry.origin);
}

std::string specimen(const sets::SetEntry& entry) {
  return entry.source + "/" + (entry.part.empty() ? entry.id : entry.part);
}

/// A synthesised defect is that of its reference.
std::string defect_of(const sets::SetEntry& entry) {
  const auto curation = entry.other.find("curation");
  if (curation != entry.other.end() && curation->contains("reference"))
    return (*curation)["reference"].get<std::string>();
  return entry.id;
}

struct Measured {
  DefectFacts facts;
  sets::PictureHash hash{};
  std::string fault;
};

Measured measure(const fs::path& set, const sets::SetEntry& entry, const Alg2Config& config) {
  Measured out;
  try {
    const MaskedImage defect{load_image(set / entry.abnormal), unidg::load_mask(set / entry.mask)};
    out.facts = measure_defect(defect, config);
    out.hash = sets::picture_hash(defect.image);
    if (out.facts.area == 0) out.fault = "empty mask";
  } catch (const InputError& error) {
    out.fault = "unreadable";
  }
  return out;
}

}  // namespace

void fields(FieldVisitor& visit, SelectConfig& c) {
  visit("boxes", c.boxes, any(), "entries with boxes or rough outlines for masks too");
  visit("test", c.test, any(), "entries of the split test too");
  visit("origin", c.origin, one_of({"all", "real", "synthesised"}), "halves of the UDG that train");
  visit("held_out", c.held_out, in(0, 0.5), "share of specimens kept for validation");
}

Quadruplets::Quadruplets(std::vector<fs::path> folders, const SelectConfig& select, const Alg2Config& alg2,
                         std::map<std::string, std::vector<std::string>>& dropped, int threads)
    : index_(std::move(folders), [&](const sets::SetEntry& entry) { return may_train(entry, select); }),
      words_{""} {
  std::map<std::string, std::uint32_t> numbers{{"", 0}};
  const auto number = [&](const std::string& word) {
    const auto [found, is_new] = numbers.try_emplace(word, static_cast<std::uint32_t>(words_.size()));
    if (is_new) words_.push_back(word);
    return found->second;
  };
  Progress progress("measure", static_cast<std::int64_t>(index_.size()));
  constexpr std::size_t kBatch = 256;
  std::vector<Measured> measured(kBatch);
  for (std::size_t first = 0; first < index_.size(); first += kBatch) {
    const auto count = std::min(kBatch, index_.size() - first);
    sets::parallel(count, threads, [&](std::size_t i) {
      measured[i] = measure(index_.set_of(first + i), index_.entry(first + i), alg2);
    });
    if (interrupted()) throw Interrupted("stopped; nothing was written");
    for (std::size_t i = 0; i < count; ++i) {
      const auto entry = index_.entry(first + i);
      if (!measured[i].fault.empty()) {
        dropped[measured[i].fault].push_back(entry.id);
        continue;
      }
      Quadruplet q;
      q.id = entry.id, q.object = number(entry.source + "/" + entry.object), q.name = number(entry.object);
      q.type = number(entry.type), q.domain = number(entry.domain), q.category = entry.category.value_or(0);
      q.part = entry.part.empty() ? 0 : number(specimen(entry)),
      q.defect = number("defect of " + defect_of(entry));
      q.has_normal = !entry.normal.empty(), q.hash = measured[i].hash;
      q.is_held_out =
          static_cast<double>(stable_hash("held out " + specimen(entry)) % 1'000'000) < select.held_out * 1e6;
      places_.push_back(first + i), all_.push_back(std::move(q)), facts_.push_back(measured[i].facts);
    }
    progress.set(static_cast<std::int64_t>(first + count));
  }
  if (all_.empty())
    throw InputError(
        "the sets hold no quadruplet that may train: a defect photo with a mask, not of the split test. ",
        "`unidg dataset stats SET` says what there is; --set select.boxes=true takes rough masks too");
}

bool Quadruplets::are_alike(std::size_t a, std::size_t b) const {
  const auto &one = all_[a], &other = all_[b];
  if (a == b || one.defect == other.defect || (one.part != 0 && one.part == other.part)) return true;
  constexpr int kNear = sets::NearIndex::kFarthest;
  if (sets::distance(one.hash, other.hash, kNear + 1) > kNear) return false;
  const auto structure = [&](std::size_t i) {
    return sets::fine_structure(load_image(set_of(i) / entry(i).abnormal));
  };
  return sets::likeness(structure(a), structure(b)) >= sets::kSamePicture;
}

}  // namespace unidg::sft
