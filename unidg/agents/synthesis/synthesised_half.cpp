#include "unidg/agents/synthesis/synthesised_half.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "unidg/core/files.h"
#include "unidg/dataset/sets/parallel.h"
#include "unidg/editing/likeness.h"
#include "unidg/image/foreground.h"

namespace unidg::agents {
namespace {

namespace sets = dataset::sets;
namespace templates = dataset::templates;

/// A good photo, or the counterpart that a source brings; not one that an agent painted.
bool is_scene(const sets::SetEntry& entry) {
  return !entry.normal.empty() && (entry.is_normal() || !entry.other.contains("curation"));
}

std::string joined(const std::string& a, const std::string& b) {
  return a == b || b.empty() ? a : a.empty() ? b : a + "; reference: " + b;
}

}  // namespace

void fields(FieldVisitor& visit, SynthesisConfig& c) {
  visit("categories", c.categories, one_of({"even", "natural"}),
        "each category alike, or as often as the references have it");
  visit("domain", c.domain, one_of({"same", "any"}), "whose references a scene may get");
  visit("reference", c.reference, one_of({"random", "likest"}),
        "any of the category, or of some the one whose surface is likest to the scene's");
  visit("candidates", c.candidates, in(1, 1000), "references among which the likest is sought");
  visit("same_object", c.same_object, in(0, 1), "share of references that show the scene's own product");
  visit("second_mask", c.second_mask, any(), "stores the mask told by the change too");
  visit.group("place", c.place);
  visit.group("quality", c.quality);
}

/// One item before it is painted.
struct SynthesisedHalf::Plan {
  Made made;
  generation::Request request;
  bool is_ready() const { return made.step.empty(); }
  void stop(const std::string& step, const std::string& reason, const std::string& detail, bool may_retry) {
    made.step = step, made.reason = reason, made.detail = detail, made.may_retry = may_retry;
  }
};

SynthesisedHalf::SynthesisedHalf(Inputs inputs, templates::TemplateLibrary library,
                                 std::unique_ptr<generation::Generator> generator, SynthesisConfig config,
                                 int threads)
    : scenes_(inputs.scenes, is_scene),
      references_(
          inputs.references,
          [&](const sets::SetEntry& entry) {
            if (entry.is_normal() || entry.mask_kind != "pixel" || entry.category.value_or(0) < 1 ||
                entry.origin == "synthesised" || library.clusters(*entry.category).empty())
              return false;
            const auto number = [&](const std::string& word) {
              return words_.try_emplace(word, static_cast<std::uint32_t>(words_.size())).first->second;
            };
            known_.push_back({static_cast<std::uint32_t>(known_.size()), number(entry.domain),
                              number(entry.source + "/" + entry.object), *entry.category});
            return true;
          }),
      library_(std::move(library)),
      generator_(std::move(generator)),
      config_(std::move(config)),
      count_(inputs.count),
      threads_(threads) {
  if (scenes_.size() == 0)
    throw InputError("the sets hold no good photo to paint on; name a set with --scenes");
  if (references_.size() == 0)
    throw InputError(
        "the sets hold no reference: a defect photo with a pixel mask, a category, and masks of that "
        "category "
        "in the template library. `unidg dataset stats SET` and `unidg masks show LIB` say what there is");
}

std::string SynthesisedHalf::id(std::size_t index) const {
  char words[64];
  std::snprintf(words, sizeof(words), "synthesised-s%llu-%07zu",
                static_cast<unsigned long long>(config_.seed), index);
  return words;
}

/// The scene decides the domain, the item its category and whether the product is the same, the attempt the
/// rest. The first of those returned is a random one.
std::vector<const SynthesisedHalf::Known*> SynthesisedHalf::draw_references(const sets::SetEntry& scene,
                                                                            const Task& task) const {
  Rng item(config_.seed, task.id + "/reference"),
      attempt(config_.seed, text(task.id, "/reference/", task.attempt));
  std::vector<const Known*> pool;
  const auto narrow = [&](const auto& takes) {
    std::vector<const Known*> some;
    for (const auto* one : pool)
      if (takes(*one)) some.push_back(one);
    if (!some.empty()) pool = std::move(some);
  };
  const auto number = [&](const std::string& word) {
    const auto found = words_.find(word);
    return found == words_.end() ? ~0u : found->second;
  };
  for (const auto& one : known_) pool.push_back(&one);
  if (config_.domain == "same") narrow([&](const Known& k) { return k.domain == number(scene.domain); });

  int category = item.pick(pool)->category;
  if (config_.categories == "even") {
    std::set<int> present;
    for (const auto* one : pool) present.insert(one->category);
    category = *std::next(present.begin(), item.integer(static_cast<std::int64_t>(present.size())));
  }
  narrow([&](const Known& k) { return k.category == category; });
  if (item.chance(config_.same_object))
    narrow([&](const Known& k) { return k.object == number(scene.source + "/" + scene.object); });
  const auto count = std::min(pool.size(), static_cast<std::size_t>(config_.candidates));
  for (std::size_t i = 0; i < count; ++i)  // a shuffle as far as it is needed
    std::swap(
        pool[i],
        pool[i + static_cast<std::size_t>(attempt.integer(static_cast<std::int64_t>(pool.size() - i)))]);
  pool.resize(count);
  return pool;
}

/// Takes the first of the drawn ones that shows another part than the scene, or the likest of those.
void SynthesisedHalf::choose_reference(Plan& plan, const sets::SetEntry& scene,
                                       const std::vector<const Known*>& drawn) const {
  auto& request = plan.request;
  double best = -1;
  for (const auto* known : drawn) {
    const auto entry = references_.entry(known->entry);
    if (!entry.part.empty() && entry.part == scene.part && entry.source == scene.source) continue;
    const auto& set = references_.set_of(known->entry);
    auto reference = std::make_shared<MaskedImage>(
        MaskedImage{load_image(set / entry.abnormal), unidg::load_mask(set / entry.mask)});
    double likeness = 0;
    if (config_.reference == "likest") {
      const auto surfaces = editing::compare_surfaces(request.source.rgb8(), request.mask.pixels(),
                                                      reference->image.rgb8(), reference->mask.pixels());
      likeness = surfaces.same + 1 - cv::norm(surfaces.shift) / 256;
    }
    if (likeness <= best) continue;
    best = likeness, request.reference = std::move(reference), request.type = entry.type;
    plan.made.entry.type = entry.type, plan.made.entry.category_map = entry.category_map;
    plan.made.entry.licence = joined(scene.licence, entry.licence);
    plan.made.provenance["reference"] = entry.id;
    if (config_.reference == "random") break;
  }
  if (!request.reference) plan.stop("input", "reference of the same part", "", true);
}

SynthesisedHalf::Plan SynthesisedHalf::plan(const Task& task) const {
  Plan out;
  Rng item(config_.seed, task.id), attempt(config_.seed, text(task.id, "/", task.attempt));
  const auto scene_index = static_cast<std::size_t>(item.integer(static_cast<std::int64_t>(scenes_.size())));
  const auto scene = scenes_.entry(scene_index);
  const auto drawn = draw_references(scene, task);

  auto& entry = out.made.entry;
  entry.id = task.id, entry.source = scene.source, entry.object = scene.object;
  entry.category = drawn.front()->category, entry.domain = scene.domain, entry.part = scene.part;
  entry.split = scene.split, entry.origin = "synthesised", entry.width = scene.width,
  entry.height = scene.height;
  out.made.provenance = {{"scene", scene.id}, {"generator", generator_->name()}};
  try {
    const auto file = scenes_.set_of(scene_index) / scene.normal;
    auto& request = out.request;
    out.made.normal = read_file(file), out.made.normal_extension = file.extension().string();
    request.source = load_image(file);
    const auto placed =
        templates::place(library_, *entry.category, foreground(request.source), config_.place, attempt);
    request.mask = placed.mask, request.id = task.id, request.number = task.index;
    request.seed = config_.seed + static_cast<std::uint64_t>(task.attempt);
    out.made.provenance["template"] = library_.members()[placed.member].id;
    out.made.provenance["seed"] = request.seed;
    if (request.mask.is_empty())
      out.stop("generate", "no place for a mask", "", true);
    else
      choose_reference(out, scene, drawn);
  } catch (const InputError& error) {
    out.stop("input", "cannot be used", error.what(), true);
  }
  return out;
}

Made SynthesisedHalf::finish(Plan& plan, generation::Result result) const {
  if (result.status == "failed") {
    plan.stop("generate", "failed", result.reason, true);
    return std::move(plan.made);
  }
  auto& made = plan.made;
  auto& triplet = made.triplet;
  const auto& request = plan.request;
  triplet = {result.image,      result.label.area() > 0 ? result.label : request.mask,
             request.source,    made.entry.id,
             made.entry.object, made.entry.type};
  made.entry.mask_area = triplet.mask.area(), made.may_retry = true;
  auto quality = measure_edit(request.source, result.image, triplet.mask);
  quality.foreign = foreign_share(request.source, result.image, triplet.mask, *request.reference);
  made.provenance["quality"] = to_json(quality);
  if (const auto fault = fault_of(quality, config_.quality); !fault.empty()) {
    plan.stop("quality", fault, to_json(quality).dump(), true);
    return std::move(made);
  }
  if (config_.second_mask) made.found = std::move(quality.found);
  made.abnormal = encode_png(result.image), made.mask = encode_png(triplet.mask);
  return std::move(made);
}

std::vector<Made> SynthesisedHalf::make(const std::vector<Task>& tasks) {
  std::vector<Plan> plans(tasks.size());
  sets::parallel(tasks.size(), threads_, [&](std::size_t i) { plans[i] = plan(tasks[i]); });
  std::vector<generation::Request> requests;
  for (const auto& plan : plans)
    if (plan.is_ready()) requests.push_back(plan.request);
  auto results = generator_->generate(requests);

  std::vector<std::size_t> painted;  // which result belongs to which plan
  for (std::size_t i = 0; i < plans.size(); ++i)
    if (plans[i].is_ready()) painted.push_back(i);
  std::vector<Made> out(tasks.size());
  for (std::size_t i = 0; i < plans.size(); ++i)
    if (!plans[i].is_ready()) out[i] = std::move(plans[i].made);
  sets::parallel(painted.size(), threads_,
                 [&](std::size_t k) { out[painted[k]] = finish(plans[painted[k]], std::move(results[k])); });
  return out;
}

Json SynthesisedHalf::settings() const {
  Json out = echo_fields(config_);
  out["seed"] = config_.seed, out["generator"] = generator_->name();
  const auto own = generator_->settings();
  for (const auto& [name, value] : own.items()) out["generator." + name] = value;
  out["scenes"] = scenes_.size(), out["scenes_digest"] = scenes_.digest();
  out["references"] = references_.size(), out["references_digest"] = references_.digest();
  out["templates"] = library_.members().size();
  return out;
}

}  // namespace unidg::agents
