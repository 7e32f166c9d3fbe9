#include "unidg/agents/curate/real_half.h"

#include "unidg/core/files.h"
#include "unidg/dataset/sets/parallel.h"

namespace unidg::agents {
namespace {

namespace sets = dataset::sets;

Made& stop(Made& made, const std::string& step, const std::string& reason, const std::string& detail = "") {
  made.step = step, made.reason = reason, made.detail = detail;
  return made;
}

/// Both pictures in one format: a grey scene may be stored as colour in one of them.
void align_formats(Triplet& triplet) {
  if (triplet.abnormal.format() == triplet.normal.format()) return;
  triplet.abnormal = Image(triplet.abnormal.rgb8());
  triplet.normal = Image(triplet.normal.rgb8());
}

}  // namespace

void fields(FieldVisitor& visit, RealConfig& c) {
  visit("boxes", c.boxes, any(), "photos whose mask is only a box take part");
  visit("given_normals", c.given_normals, any(), "counterparts that the source brings are used");
  visit("least_mask", c.least_mask, in(1, 1e9), "masks of fewer pixels are dropped");
}

RealHalf::RealHalf(std::vector<std::filesystem::path> folders, std::unique_ptr<Inpainter> inpainter,
                   RealConfig config, int threads)
    : index_(std::move(folders), [](const sets::SetEntry& entry) { return !entry.is_normal(); }),
      inpainter_(std::move(inpainter)),
      config_(config),
      threads_(threads) {
  if (index_.size() == 0)
    throw InputError("the sets hold no defect photo; `unidg dataset stats SET` says what is in them");
}

std::vector<Made> RealHalf::make(const std::vector<Task>& tasks) {
  std::vector<Made> out(tasks.size());
  sets::parallel(tasks.size(), threads_, [&](std::size_t i) { out[i] = make(tasks[i]); });
  return out;
}

Made RealHalf::make(const Task& task) const {
  Made made;
  auto& entry = made.entry = index_.entry(task.index);
  const auto& set = index_.set_of(task.index);
  if (entry.mask_kind == "box" && !config_.boxes) return stop(made, "input", "box instead of a mask");
  try {
    made.abnormal = read_file(set / entry.abnormal), made.mask = read_file(set / entry.mask);
    auto& triplet = made.triplet;
    triplet.abnormal = load_image(set / entry.abnormal), triplet.mask = unidg::load_mask(set / entry.mask);
    triplet.id = entry.id, triplet.object = entry.object, triplet.type = entry.type;
    made.abnormal_extension = std::filesystem::path(entry.abnormal).extension().string();
    if (triplet.mask.area() < config_.least_mask)
      return stop(made, "input", "mask too small", text(triplet.mask.area(), " pixels"));

    if (!entry.normal.empty() && config_.given_normals) {
      made.normal = read_file(set / entry.normal);
      made.normal_extension = std::filesystem::path(entry.normal).extension().string();
      triplet.normal = load_image(set / entry.normal);
      made.provenance["normal"] = "given";
    } else {
      const auto seed = config_.seed + static_cast<std::uint64_t>(task.attempt);
      auto painted = inpainter_->inpaint({triplet.abnormal, triplet.mask, {}, seed, entry.id});
      if (!painted.problem.empty()) return stop(made, "inpaint", "no counterpart", painted.problem);
      triplet.normal = std::move(painted.normal), made.normal = encode_png(triplet.normal);
      made.provenance["normal"] = inpainter_->name(), made.provenance["seed"] = seed;
      made.may_retry = true;
    }
    align_formats(triplet);
    check_triplet(triplet);
  } catch (const InputError& error) {
    return stop(made, "input", "cannot be used", error.what());
  }
  return made;
}

Json RealHalf::settings() const {
  Json out = echo_fields(config_);
  out["seed"] = config_.seed, out["inpainter"] = inpainter_->name();
  const auto own = inpainter_->settings();
  for (const auto& [name, value] : own.items()) out["inpainter." + name] = value;
  out["entries"] = index_.size(), out["entries_digest"] = index_.digest();
  return out;
}

}  // namespace unidg::agents
