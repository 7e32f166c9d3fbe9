#include <algorithm>
#include <functional>
#include <set>

#include "unidg/core/error.h"
#include "unidg/core/log.h"
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
    if (r.reference.empty() && r.references.empty())
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
}

std::vector<dataset::Reference> references_of(const BatchRequest& r) {
  if (!r.references.empty()) return dataset::read_references(r.references);
  if (r.reference.empty()) return {};
  if (r.reference_mask.empty()) return {dataset::find_reference(r.reference, std::nullopt)};
  return {dataset::find_reference(r.reference, r.reference_mask)};
}

/// `copies` pictures of one scene; only this shard's are kept.
void add_items(Plan& plan, std::size_t scene, int copies, std::uint64_t seed, const dataset::Shard& shard,
               const std::function<std::size_t(const std::string& id)>& reference) {
  const auto& place = plan.scenes[scene];
  for (int copy = 1; copy <= copies; ++copy) {
    auto id = dataset::item_id(place.name, place.mask_name, copy, seed);
    ++plan.total;
    if (!shard.takes(id)) continue;
    const auto index = reference(id);
    plan.items.push_back({std::move(id), scene, index, copy, seed});
  }
}

Plan plan_scenes(const BatchRequest& r) {
  Plan plan;
  plan.references = references_of(r);
  plan.scenes = dataset::read_scenes(r.scenes);
  if (r.masks != "auto") plan.scenes = dataset::pair_masks(std::move(plan.scenes), r.masks);
  const auto pick = [&](const std::string& id) {
    const auto& chosen = dataset::pick_reference(plan.references, "", r.seed, id);
    return static_cast<std::size_t>(&chosen - plan.references.data());
  };
  for (std::size_t scene = 0; scene < plan.scenes.size(); ++scene)
    add_items(plan, scene, r.count, r.seed, r.shard, pick);
  return plan;
}

Plan plan_jobs(const BatchRequest& r) {
  Plan plan;
  auto list = dataset::read_jobs(r.jobs, references_of(r), r.seed);
  for (auto& job : list.jobs) {
    plan.scenes.push_back(std::move(job.scene));
    plan.references.push_back(std::move(job.reference));
    const auto last = plan.scenes.size() - 1;
    add_items(plan, last, job.n, job.seed, r.shard, [&](const std::string&) { return last; });
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
    if (!has_reference[item.reference])
      note([&] { dataset::load_reference(plan.references[item.reference]); });
    if (!has_scene[item.scene]) note([&] { dataset::load_scene(plan.scenes[item.scene]); });
    has_reference[item.reference] = has_scene[item.scene] = true;
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
  dataset::load_reference(plan.references[plan.items.front().reference]);
  dataset::load_scene(plan.scenes[plan.items.front().scene]);
}

}  // namespace unidg::generation
