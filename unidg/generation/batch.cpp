#include "unidg/generation/batch.h"

#include <map>
#include <optional>
#include <set>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/log.h"
#include "unidg/core/progress.h"
#include "unidg/image/foreground.h"

namespace unidg::generation {
namespace fs = std::filesystem;
namespace {

std::string file_hash(const fs::path& path) { return sha256_hex(read_file(path)); }

/// Decoded pictures. Items come scene by scene, so the last scene is kept; of references a handful is.
class Inputs {
 public:
  explicit Inputs(const Plan& plan) : plan_(plan) {}

  struct SceneInput {
    Image image;
    Mask mask;  ///< empty-sized when it is to be drawn
    Json hashes;
  };
  const SceneInput& scene(std::size_t index) {
    if (scene_index_ == index && scene_) return *scene_;
    const auto& place = plan_.scenes[index];
    auto loaded = dataset::load_scene(place);
    SceneInput input{std::move(loaded.image), std::move(loaded.mask), {{"scene", file_hash(place.image)}}};
    if (place.mask) input.hashes["mask"] = file_hash(*place.mask);
    scene_index_ = index;
    product_.reset();
    return scene_.emplace(std::move(input));
  }

  /// Where the product of the last scene is.
  const Mask& product() {
    if (!product_) product_ = foreground(scene_->image);
    return *product_;
  }

  struct ReferenceInput {
    std::shared_ptr<const MaskedImage> picture;
    Json hashes;
  };
  const ReferenceInput& reference(std::size_t index) {
    constexpr std::size_t kKept = 32;
    const auto found = references_.find(index);
    if (found != references_.end()) return found->second;
    if (references_.size() >= kKept) references_.clear();
    const auto& files = plan_.references[index];
    ReferenceInput input{std::make_shared<const MaskedImage>(dataset::load_reference(files)),
                         {{"reference", file_hash(files.image)}, {"reference_mask", file_hash(files.mask)}}};
    return references_.emplace(index, std::move(input)).first->second;
  }

 private:
  const Plan& plan_;
  std::size_t scene_index_ = 0;
  std::optional<SceneInput> scene_;
  std::optional<Mask> product_;
  std::map<std::size_t, ReferenceInput> references_;
};

/// An item with its pictures, ready to be painted and written.
struct Prepared {
  Request request;
  dataset::Record record;
};

class Batch {
 public:
  Batch(const Plan& plan, const Generator& generator, const dataset::MaskConfig& masks,
        dataset::QuadrupletWriter& writer, const Json& provenance)
      : plan_(plan),
        generator_(generator),
        masks_(masks),
        writer_(writer),
        provenance_(provenance),
        inputs_(plan),
        settings_(deciding_settings(generator, masks)) {}

  BatchReport run() {
    report_.planned = plan_.items.size();
    Progress progress("pictures", static_cast<std::int64_t>(report_.planned));
    progress.set(0);
    const auto at_once = generator_.batch();
    std::size_t next = 0;
    while (next < plan_.items.size()) {
      if (interrupted()) {
        report_.is_interrupted = true;
        break;
      }
      std::vector<Prepared> prepared;
      while (next < plan_.items.size() && static_cast<std::int64_t>(prepared.size()) < at_once)
        if (auto one = prepare(plan_.items[next++])) prepared.push_back(std::move(*one));
      paint(prepared);
      progress.set(static_cast<std::int64_t>(next), prepared.empty() ? "" : prepared.back().record.id);
    }
    return report_;
  }

 private:
  dataset::Record record_of(const Item& item) const {
    const auto& scene = plan_.scenes[item.scene];
    dataset::Record record;
    record.id = item.id, record.scene = scene.name;
    record.object = scene.object;
    if (const auto* reference = plan_.reference_of(item)) {
      record.type = reference->type;
      record.reference = *reference;
    }
    record.seed = item.seed, record.steps = generator_.steps();
    record.model = generator_.name();
    return record;
  }

  /// @returns nothing when an earlier run has finished the item, or when its files are wrong (recorded as
  /// failed)
  std::optional<Prepared> prepare(const Item& item) {
    Prepared out{{}, record_of(item)};
    try {
      const auto& scene = inputs_.scene(item.scene);
      out.record.normal = scene.image;
      if (const auto* entry = writer_.finished(item.id, scene.image.width(), scene.image.height())) {
        refuse_other_settings(*entry, item);
        ++report_.skipped;
        return std::nullopt;
      }
      Json hashes = scene.hashes;
      if (plan_.reference_of(item)) {
        const auto& reference = inputs_.reference(item.reference);
        out.request.reference = reference.picture;
        hashes.update(reference.hashes);
      }
      out.request.source = scene.image;
      out.request.mask = plan_.scenes[item.scene].mask ? scene.mask : draw_mask(item, out.request);
      constexpr double kMost = 0.5;
      if (out.request.mask.area_ratio() > kMost)
        log_warning(item.id,
                    ": the mask covers more than half of the picture; little of it is left to follow");
      out.request.seed = item.seed;
      out.request.id = item.id;
      out.request.type = out.record.type;
      out.request.number = item.number;
      out.record.mask = out.request.mask;
      out.record.settings = settings_of(item, hashes);
      return out;
    } catch (const InputError& error) {
      fail(out.record, error.what());
      return std::nullopt;
    }
  }

  Mask draw_mask(const Item& item, const Request& request) {
    Rng rng(item.seed, "mask/" + item.id);
    const auto& scene = request.source;
    if (plan_.mask_library)
      return plan_.mask_library->draw(inputs_.product(), layout_of(scene), item.number, masks_, rng);
    if (!request.reference) return dataset::auto_mask(Mask(), inputs_.product(), {}, masks_, rng);
    return dataset::auto_mask(request.reference->mask, inputs_.product(),
                              layout_of(scene, request.reference->image), masks_, rng);
  }

  void paint(std::vector<Prepared>& prepared) {
    if (prepared.empty()) return;
    std::vector<Request> requests;
    for (const auto& one : prepared) requests.push_back(one.request);
    auto results = generator_.generate(requests);
    for (std::size_t i = 0; i < prepared.size(); ++i) {
      auto& record = prepared[i].record;
      auto& result = results[i];
      if (result.status == "failed") {
        fail(record, result.reason);
        continue;
      }
      record.abnormal = std::move(result.image), record.mask_used = std::move(result.used);
      if (!result.label.pixels().empty()) record.mask = std::move(result.label);
      if (result.is_foreign) record.normal = {};
      record.status = result.status, record.reason = result.reason;
      record.settings["change"] = result.change;
      record.settings["windows"] = result.windows;
      writer_.append(record);
      ++report_.made;
      if (record.status == "weak") {
        ++report_.weak;
        log_warning(record.id, " is weak: ", record.reason);
      }
    }
  }

  void fail(dataset::Record& record, const std::string& reason) {
    record.status = "failed", record.reason = reason;
    report_.failures.push_back({record.id, reason});
    log_warning(record.id, " failed: ", reason);
    std::error_code ignored;
    if (record.reference &&
        (!fs::exists(record.reference->image, ignored) || !fs::exists(record.reference->mask, ignored)))
      record.reference.reset();
    writer_.append(record);
  }

  Json settings_of(const Item& item, const Json& hashes) const {
    const auto& scene = plan_.scenes[item.scene];
    Json settings = {{"copy", item.copy},
                     {"mask_source", scene.mask ? "file" : scene.mask_name},
                     {"input_sha256", hashes}};
    if (const auto guidance = generator_.guidance()) settings["guidance"] = *guidance;
    if (!provenance_.is_null()) settings.update(provenance_);
    settings["config"] = settings_;
    return settings;
  }

  /// An item's id says nothing of model, reference and settings; two kinds of pictures in one folder would be
  /// silent.
  void refuse_other_settings(const dataset::ManifestEntry& entry, const Item& item) {
    const auto refuse = [&](const std::string& what) {
      throw UsageError(writer_.folder().string(), ": holds '", item.id, "' already, made with ", what,
                       ". Choose another --out or --seed, or remove what is there.");
    };
    if (entry.model != generator_.name()) refuse(text("model ", entry.model));
    if (entry.steps != generator_.steps()) refuse(text(entry.steps, " steps"));
    const auto* reference = plan_.reference_of(item);
    const auto pair = std::make_pair(entry.reference, item.reference);
    if (!entry.reference.empty() && !same_reference_.count(pair)) {
      if (!reference || read_file(writer_.folder() / entry.reference) != read_file(reference->image) ||
          read_file(writer_.folder() / entry.reference_mask) != read_file(reference->mask))
        refuse("another reference");
      same_reference_.insert(pair);
    }
    if (report_.skipped > 0) return;  // the remaining settings are compared once
    const auto told = dataset::settings_of(read_png_texts(writer_.folder() / entry.abnormal), entry.abnormal);
    if (!told.is_object() || !told.contains("config")) return;
    if (told.contains("weights") && provenance_.contains("weights") &&
        told["weights"] != provenance_["weights"])
      refuse("other weights of the same name");
    for (const auto& [key, value] : settings_.items())
      if (told["config"].value(key, Json()) != value)
        refuse(
            text(key, "=", told["config"].value(key, Json()).dump(), ", this run asks for ", value.dump()));
  }

  const Plan& plan_;
  const Generator& generator_;
  const dataset::MaskConfig& masks_;
  dataset::QuadrupletWriter& writer_;
  const Json& provenance_;
  Inputs inputs_;
  Json settings_;
  std::set<std::pair<std::string, std::size_t>> same_reference_;
  BatchReport report_;
};

}  // namespace

Json deciding_settings(const Generator& generator, const dataset::MaskConfig& masks) {
  auto settings = generator.settings();
  const Json drawn = echo_fields(masks);
  for (const auto& [name, value] : drawn.items()) settings["masks." + name] = value;
  return settings;
}

void write_test_good(const Plan& plan, dataset::QuadrupletWriter& writer) {
  for (const auto& scene : plan.test_good) writer.add_test_good(scene.name, load_image(scene.image));
}

BatchReport run_batch(const Plan& plan, const Generator& generator, const dataset::MaskConfig& masks,
                      dataset::QuadrupletWriter& writer, const Json& provenance) {
  for (const auto& note : plan.notes) log_warning(note);
  return Batch(plan, generator, masks, writer, provenance).run();
}

}  // namespace unidg::generation
