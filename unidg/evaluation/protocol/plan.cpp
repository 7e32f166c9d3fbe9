#include "unidg/evaluation/protocol/plan.h"

#include <algorithm>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/progress.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/files_of.h"
#include "unidg/dataset/items.h"
#include "unidg/dataset/masks.h"
#include "unidg/image/foreground.h"

namespace unidg::evaluation {
namespace fs = std::filesystem;
namespace {

/// `count` of the pool, drawn without replacement, in the pool's order.
std::vector<DefectFile> draw_shots(const DefectType& type, std::int64_t count, std::uint64_t seed,
                                   const std::string& product) {
  std::vector<std::size_t> order(type.pool.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  Rng rng(seed, "shots/" + product + "/" + type.name);
  rng.shuffle(order);
  order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
  std::sort(order.begin(), order.end());
  std::vector<DefectFile> out;
  for (const auto index : order) out.push_back(type.pool[index]);
  return out;
}

/// How many pictures of type `index` a run makes.
std::size_t pictures_of(const RunConfig& config, std::size_t index, std::size_t types) {
  const auto n = static_cast<std::size_t>(config.n);
  return config.per == "type" ? n : n / types + (index < n % types ? 1 : 0);
}

struct GivenTargets {
  std::vector<dataset::PictureFile> scenes, masks;
};

/// FOLDER/PRODUCT/TYPE/ori and mask, paired by stem; `first` or evenly spread.
GivenTargets given_targets(const RunConfig& config, const std::string& product, const std::string& type,
                           std::size_t count) {
  const fs::path folder = fs::path(config.targets.folder) / product / type;
  auto scenes = dataset::pictures_below(folder / "ori");
  std::sort(scenes.begin(), scenes.end(),
            [](const auto& a, const auto& b) { return dataset::natural_less(a.key, b.key); });
  const auto masks = dataset::pictures_below(folder / "mask");
  if (scenes.size() < count)
    throw InputError((folder / "ori").string(), ": holds ", scenes.size(), " scenes, but ", count,
                     " pictures are asked for. Lower n, or set targets.masks=library.");
  GivenTargets out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& scene = scenes[config.targets.pick == "uniform" ? i * scenes.size() / count : i];
    const auto mask = std::find_if(masks.begin(), masks.end(), [&](const auto& file) {
      return dataset::without_mask_suffix(file.key) == scene.key || file.key == scene.key;
    });
    if (mask == masks.end())
      throw InputError((folder / "mask").string(), ": no mask for scene ", scene.path.string(), " (expected ",
                       scene.key, ".png)");
    out.scenes.push_back(scene);
    out.masks.push_back(*mask);
  }
  return out;
}

Json to_json(const Target& target, const TargetPlan& plan, const Product& product, const fs::path& folder) {
  const auto inside = [&](const fs::path& path) {
    const auto from_product = path.lexically_relative(product.folder);
    if (!from_product.empty() && *from_product.begin() != "..")
      return "product:" + from_product.generic_string();
    const auto from_plan = path.lexically_relative(folder);
    if (!from_plan.empty() && *from_plan.begin() != "..") return from_plan.generic_string();
    return "given:" + path.filename().string();
  };
  return {{"id", target.id},
          {"product", plan.product},
          {"type", target.type},
          {"scene", inside(target.scene)},
          {"mask", inside(target.mask)},
          {"mask_from", target.mask_from},
          {"reference", inside(target.reference.image)},
          {"reference_mask", inside(target.reference.mask)},
          {"seed", target.seed}};
}

}  // namespace

TargetPlan plan_targets(const Product& product, const RunConfig& config, std::uint64_t seed,
                        const fs::path& folder) {
  TargetPlan plan{product.name, seed, {}, {}};
  auto scenes = product.good_train;
  Rng(seed, "scenes/" + product.name).shuffle(scenes);
  std::size_t next_scene = 0;
  for (std::size_t index = 0; index < product.types.size(); ++index) {
    const auto& type = product.types[index];
    const auto& shots = plan.shots[type.name] = draw_shots(type, config.shots, seed, product.name);
    const auto& library = config.targets.library == "shots" ? shots : type.pool;
    const auto count = pictures_of(config, index, product.types.size());
    const bool is_given = config.targets.masks == "folder";
    const auto given = is_given ? given_targets(config, product.name, type.name, count) : GivenTargets{};
    for (std::size_t i = 0; i < count; ++i) {
      Rng rng(seed, text("target/", product.name, "/", type.name, "/", i));
      Target target;
      target.type = type.name, target.number = i, target.seed = seed;
      target.reference = rng.pick(shots);
      if (is_given) {
        target.scene = given.scenes[i].path;
        target.mask = given.masks[i].path;
        target.mask_from = given.masks[i].key;
      } else {
        target.scene = scenes[next_scene++ % scenes.size()];
        target.mask_from = rng.pick(library).key;
      }
      target.id =
          dataset::item_id(type.name + "-" + target.scene.stem().string(),
                           fs::path(target.mask_from).filename().string(), static_cast<int>(i) + 1, seed);
      if (!is_given) target.mask = folder / "masks" / (target.id + ".png");
      plan.targets.push_back(std::move(target));
    }
  }
  return plan;
}

void write_plan(const TargetPlan& plan, const Product& product, const RunConfig& config,
                const fs::path& folder) {
  std::string lines;
  for (const auto& target : plan.targets) lines += to_json(target, plan, product, folder).dump() + "\n";
  const auto file = folder / "plan.jsonl";
  std::error_code ignored;
  if (fs::exists(file, ignored)) {
    if (read_file(file) != lines)
      throw UsageError(file.string(),
                       ": was drawn with other settings (n, shots, split, targets or the product's "
                       "pictures have changed). Choose another --out.");
    return;
  }
  if (config.targets.masks == "library") {
    std::map<std::string, MaskedImage> library;
    for (const auto& type : product.types)
      for (const auto& file : type.pool) library[file.key] = load_defect(file);
    std::map<fs::path, Mask> grounds;
    Progress progress(text("target masks of ", product.name), static_cast<std::int64_t>(plan.targets.size()));
    for (const auto& target : plan.targets) {
      if (interrupted()) throw Interrupted("interrupted while drawing target masks");
      const auto scene = load_image(target.scene);
      auto& ground = grounds[target.scene];
      if (ground.pixels().empty()) ground = foreground(scene);
      const auto& lent = library.at(target.mask_from);
      Rng rng(plan.seed, "mask/" + target.id);
      save_png(target.mask, dataset::placed_mask(lent.mask, ground, layout_of(scene, lent.image),
                                                 config.targets.placing, rng));
      progress.advance();
    }
  }
  write_file_atomic(file, lines);
}

generation::Plan to_batch(const TargetPlan& plan, const std::vector<DefectType>& others) {
  generation::Plan out;
  out.total = plan.targets.size();
  for (const auto& target : plan.targets) {
    auto reference = target.reference;
    if (!others.empty()) {
      std::vector<DefectFile> candidates;
      for (const bool any_type : {false, true}) {
        for (const auto& type : others)
          if (any_type || type.name == target.type)
            candidates.insert(candidates.end(), type.pool.begin(), type.pool.end());
        if (!candidates.empty()) break;
      }
      Rng rng(target.seed, "cross/" + target.id);
      reference = rng.pick(candidates);
    }
    dataset::Scene scene{target.scene, target.scene.stem().string(), target.mask, target.id, plan.product};
    out.scenes.push_back(std::move(scene));
    // The picture is labelled with the target's type, whoever lends the defect.
    out.references.push_back({reference.image, reference.mask, target.type, plan.product});
    generation::Item item;
    item.id = target.id, item.seed = target.seed, item.number = target.number;
    item.scene = item.reference = out.items.size();
    out.items.push_back(std::move(item));
  }
  return out;
}

}  // namespace unidg::evaluation
