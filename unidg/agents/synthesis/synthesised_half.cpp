#include "unidg/agents/synthesis/synthesised_half.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "unidg/core/files.h"
#include "unidg/dataset/sets/parallel.h"
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
/// rest.
const SynthesisedHalf::Known& SynthesisedHalf::draw_reference(const sets::SetEntry& scene,
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
  return *attempt.pick(pool);
}

SynthesisedHalf::Plan SynthesisedHalf::plan(const Task& task) const {
  Plan out;
  Rng item(config_.seed, task.id), attempt(config_.seed, text(task.id, "/", task.attempt));
  const auto scene_index = static_cast<std::size_t>(item.integer(static_cast<std::int64_t>(scenes_.size())));
  const auto scene = scenes_.entry(scene_index);
  const auto& known = draw_reference(scene, task);
  const auto reference = references_.entry(known.entry);
  const auto& set = references_.set_of(known.entry);

  auto& entry = out.made.entry;
  entry.id = task.id, entry.source = scene.source, entry.object = scene.object, entry.type = reference.type;
  entry.category = reference.category, entry.category_map = reference.category_map;
  entry.domain = scene.domain, entry.licence = joined(scene.licence, reference.licence);
  entry.part = scene.part, entry.split = scene.split, entry.origin = "synthesised";
  entry.width = scene.width, entry.height = scene.height;
  out.made.provenance = {{"scene", scene.id}, {"reference", reference.id}, {"generator", generator_->name()}};
  if (!reference.part.empty() && reference.part == scene.part && reference.source == scene.source) {
    out.stop("input", "reference of the same part", reference.id, true);
    return out;
  }
  try {
    const auto file = scenes_.set_of(scene_index) / scene.normal;
    auto& request = out.request;
    out.made.normal = read_file(file), out.made.normal_extension = file.extension().string();
    request.source = load_image(file);
    const auto placed =
        templates::place(library_, *reference.category, foreground(request.source), config_.place, attempt);
    request.mask = placed.mask;
    request.reference = std::make_shared<MaskedImage>(
        MaskedImage{load_image(set / reference.abnormal), unidg::load_mask(set / reference.mask)});
    request.seed = config_.seed + static_cast<std::uint64_t>(task.attempt);
    request.id = task.id, request.type = reference.type, request.number = task.index;
    out.made.provenance["template"] = library_.members()[placed.member].id;
    out.made.provenance["seed"] = request.seed;
    if (request.mask.is_empty()) out.stop("generate", "no place for a mask", "", true);
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
