#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "unidg/core/error.h"
#include "unidg/core/log.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/jobs.h"
#include "unidg/generation/batch.h"

namespace unidg::generation {
namespace {

void refuse_contradictions(const BatchRequest& r) {
  if (!r.reference.empty() && !r.references.empty())
    throw UsageError(
        "--reference and --references exclude each other: one defect, or one drawn for each picture");
  if (!r.reference_mask.empty() && r.reference.empty())
    throw UsageError("--reference-mask needs --reference, the picture it belongs to");
  if (r.jobs.empty()) {
    if (r.needs_reference && r.reference.empty() && r.references.empty())
      throw UsageError("--reference is missing: a picture that shows the defect (or --references DIR)");
    if (r.scenes.empty()) throw UsageError("--scenes is missing: a good picture or a folder of them");
    if (r.masks.empty())
      throw UsageError("--masks is missing: where to paint; a mask, a folder of masks, or auto");
  } else if (!r.scenes.empty() || !r.masks.empty() || r.count != 1) {
    throw UsageError(
        "--manifest already says what to paint where and how often; leave out --scenes, --masks and "
        "--count");
  }
  if (r.count < 1) throw UsageError("--count is ", r.count, "; at least 1 picture per scene");
  if (r.test_good < 0) throw UsageError("--test-good is ", r.test_good, "; expected 0 or more scenes");
  if (r.test_good > 0 && !r.jobs.empty())
    throw UsageError("--test-good holds scenes out of --scenes; a --manifest says itself what is painted");
}

std::vector<dataset::Reference> references_of(const BatchRequest& r) {
  if (!r.references.empty()) return dataset::read_references(r.references);
  if (r.reference.empty()) return {};
  if (r.reference_mask.empty()) return {dataset::find_reference(r.reference, std::nullopt)};
  return {dataset::find_reference(r.reference, r.reference_mask)};
}

/// `copies` pictures of one scene; only this shard's are kept.
/// @param counts items so far, by defect type
void add_items(Plan& plan, std::size_t scene, int copies, std::uint64_t seed, const dataset::Shard& shard,
               std::map<std::string, std::size_t>& counts,
               const std::function<std::size_t(const std::string& id)>& reference) {
  const auto& place = plan.scenes[scene];
  for (int copy = 1; copy <= copies; ++copy) {
    auto id = dataset::item_id(place.name, place.mask_name, copy, seed);
    const auto index = reference(id);
    const auto number = counts[plan.references.empty() ? "" : plan.references[index].type]++;
    ++plan.total;
    if (shard.takes(id)) plan.items.push_back({std::move(id), scene, index, number, copy, seed});
  }
}

/// Moves `count` scenes, drawn by the seed, to the plan's test/good.
void hold_out(Plan& plan, int count, std::uint64_t seed) {
  if (count == 0) return;
  const auto wanted = static_cast<std::size_t>(count);
  if (wanted >= plan.scenes.size())
    throw UsageError("--test-good ", count, ": only ", plan.scenes.size(),
                     " scenes are there, and at least one is needed to paint on");
  std::vector<std::size_t> order(plan.scenes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Rng(seed, "test-good").shuffle(order);
  std::sort(order.begin(), order.begin() + count);
  for (std::size_t i = 0; i < wanted; ++i) plan.test_good.push_back(plan.scenes[order[i]]);
  for (std::size_t i = wanted; i-- > 0;)
    plan.scenes.erase(plan.scenes.begin() + static_cast<std::ptrdiff_t>(order[i]));
}

Plan plan_scenes(const BatchRequest& r) {
  Plan plan;
  plan.references = references_of(r);
  plan.scenes = dataset::read_scenes(r.scenes);
  hold_out(plan, r.test_good, r.seed);
  plan.mask_library = dataset::MaskLibrary::parse(r.masks);
  if (plan.mask_library)
    for (auto& scene : plan.scenes) scene.mask_name = plan.mask_library->name();
  else if (r.masks != "auto")
    plan.scenes = dataset::pair_masks(std::move(plan.scenes), r.masks);
  const auto pick = [&](const std::string& id) -> std::size_t {
    if (plan.references.empty()) return 0;
    const auto& chosen = dataset::pick_reference(plan.references, "", r.seed, id);
    return static_cast<std::size_t>(&chosen - plan.references.data());
  };
  std::map<std::string, std::size_t> counts;
  for (std::size_t scene = 0; scene < plan.scenes.size(); ++scene)
    add_items(plan, scene, r.count, r.seed, r.shard, counts, pick);
  return plan;
}

Plan plan_jobs(const BatchRequest& r) {
  Plan plan;
  auto list = dataset::read_jobs(r.jobs, references_of(r), r.seed);
  std::map<std::string, std::size_t> counts;
  for (auto& job : list.jobs) {
    plan.scenes.push_back(std::move(job.scene));
    plan.references.push_back(std::move(job.reference));
    const auto last = plan.scenes.size() - 1;
    add_items(plan, last, job.n, job.seed, r.shard, counts, [&](const std::string&) { return last; });
  }
  if (!list.ignored_fields.empty()) {
    std::string names;
    for (const auto& name : list.ignored_fields) names += (names.empty() ? "" : ", ") + name;
    plan.notes.push_back(text(r.jobs.filename().string(), ": fields without meaning here: ", names));
  }
  return plan;
}

}  // namespace

void fields(FieldVisitor& visit, BatchConfig& c) {
  fields(visit, c.generate);
  visit.group("masks", c.masks);
}

Plan plan_batch(const BatchRequest& request) {
  refuse_contradictions(request);
  return request.jobs.empty() ? plan_scenes(request) : plan_jobs(request);
}

std::vector<std::string> check_inputs(const Plan& plan) {
  std::vector<std::string> problems;
  const auto note = [&](const auto& read) {
    try {
      read();
    } catch (const InputError& error) {
      if (std::find(problems.begin(), problems.end(), error.what()) == problems.end())
        problems.push_back(error.what());
    }
  };
  std::vector<bool> has_scene(plan.scenes.size()), has_reference(plan.references.size());
  for (const auto& item : plan.items) {
    if (const auto* reference = plan.reference_of(item); reference && !has_reference[item.reference]) {
      note([&] { dataset::load_reference(*reference); });
      has_reference[item.reference] = true;
    }
    if (!has_scene[item.scene]) note([&] { dataset::load_scene(plan.scenes[item.scene]); });
    has_scene[item.scene] = true;
  }
  return problems;
}

std::size_t count_finished(const Plan& plan, const std::filesystem::path& folder) {
  std::set<std::string> finished;
  for (const auto& file : dataset::manifest_files(folder))
    for (const auto& entry : dataset::read_manifest_file(file))
      if (entry.status != "failed") finished.insert(entry.id);
  return static_cast<std::size_t>(std::count_if(
      plan.items.begin(), plan.items.end(), [&](const Item& item) { return finished.count(item.id) > 0; }));
}

void check_first(const Plan& plan) {
  if (plan.items.empty()) return;
  if (const auto* reference = plan.reference_of(plan.items.front())) dataset::load_reference(*reference);
  dataset::load_scene(plan.scenes[plan.items.front().scene]);
}

}  // namespace unidg::generation
