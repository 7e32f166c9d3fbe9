#include "unidg/evaluation/realism/realism.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "unidg/core/error.h"
#include "unidg/core/progress.h"
#include "unidg/core/rng.h"
#include "unidg/evaluation/realism/controls.h"
#include "unidg/evaluation/realism/reference_test.h"

namespace unidg::evaluation {
namespace {

constexpr double kPerlinAtLeast = 0.9, kRealFrom = 0.45, kRealTo = 0.55;

struct Side {
  std::vector<Features> features;
  std::vector<std::string> groups;  ///< share a fold
  std::vector<std::string> tied;    ///< are never in training and test at once
};

using Describe = Features (*)(const Region&);

Side described(const std::vector<Region>& regions, Describe describe) {
  Side out;
  for (const auto& region : regions) {
    out.features.push_back(describe(region));
    out.groups.push_back(region.source.empty() ? region.group : region.source);
    out.tied.push_back(region.group);
  }
  return out;
}

/// Percentile interval of `share` over groups drawn with replacement. @param share of the right answers among
/// these samples
template <typename Share>
Accuracy with_interval(const std::vector<std::string>& groups, const RealismConfig& config,
                       std::uint64_t seed, Share share) {
  std::map<std::string, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < groups.size(); ++i) members[groups[i]].push_back(i);
  std::vector<const std::vector<std::size_t>*> lists;
  std::vector<std::size_t> everything;
  for (const auto& [name, list] : members) {
    lists.push_back(&list);
    everything.insert(everything.end(), list.begin(), list.end());
  }
  std::vector<double> values;
  for (int round = 0; round < config.bootstrap_rounds; ++round) {
    Rng rng(seed, static_cast<std::uint64_t>(round));
    std::vector<std::size_t> drawn;
    for (std::size_t i = 0; i < lists.size(); ++i) {
      const auto& list = *rng.pick(lists);
      drawn.insert(drawn.end(), list.begin(), list.end());
    }
    if (const double value = share(drawn); std::isfinite(value)) values.push_back(value);
  }
  std::ranges::sort(values);
  const auto at = [&](double part) {
    return values.at(static_cast<std::size_t>(std::lround(part * static_cast<double>(values.size() - 1))));
  };
  return {share(everything), at((1 - config.confidence) / 2), at((1 + config.confidence) / 2)};
}

/// Balanced accuracy of telling `a` (positive) from `b`.
Accuracy told_apart(const Side& a, const Side& b, const RealismConfig& config, std::uint64_t seed) {
  auto samples = a.features;
  auto groups = a.groups, tied = a.tied;
  samples.insert(samples.end(), b.features.begin(), b.features.end());
  groups.insert(groups.end(), b.groups.begin(), b.groups.end());
  tied.insert(tied.end(), b.tied.begin(), b.tied.end());
  std::vector<bool> positive(samples.size(), false);
  std::fill_n(positive.begin(), a.features.size(), true);
  const auto right = cross_validated(samples, positive, groups, config.folds, config.repeats, seed, tied);
  return with_interval(groups, config, seed, [&](const std::vector<std::size_t>& chosen) {
    std::vector<double> r;
    std::vector<bool> p;
    for (const auto i : chosen) {
      r.push_back(right[i]);
      p.push_back(positive[i]);
    }
    return balanced(r, p);
  });
}

std::string percent(double share) {
  std::ostringstream out;
  out.precision(1);
  out << std::fixed << 100 * share << " %";
  return out.str();
}

std::string void_because(const RealismTest& test) {
  std::string out;
  const auto add = [&](const std::string& words) { out += (out.empty() ? "" : "; ") + words; };
  if (!test.perlin)
    add("no good picture to paint DRAEM's textures on (train/good of the real folder, or scenes in the "
        "manifest)");
  else if (*test.perlin < kPerlinAtLeast)
    add("DRAEM's textures were recognised in only " + percent(*test.perlin) + " (" + percent(kPerlinAtLeast) +
        " needed)");
  if (test.real < kRealFrom || test.real > kRealTo)
    add("real against real gave " + percent(test.real) + " (" + percent(kRealFrom) + " to " +
        percent(kRealTo) + " needed)");
  return out;
}

struct Regions {
  std::vector<Region> generated, real;  ///< matched: as many of each
  std::vector<Region> all_real, perlin;
};

RealismTest asked(const Regions& regions, Describe describe, const RealismConfig& config,
                  std::uint64_t seed) {
  RealismTest out;
  out.generated =
      told_apart(described(regions.generated, describe), described(regions.real, describe), config, seed);
  const auto real = described(regions.all_real, describe);
  if (!regions.perlin.empty())
    out.perlin = told_apart(described(regions.perlin, describe), real, config, seed).value;
  out.real = real_against_real(real.features, real.tied, config.folds, config.relabelings, seed);
  out.void_because = void_because(out);
  return out;
}

/// References that were painted from.
std::size_t sources_of(const std::vector<Region>& painted) {
  std::set<std::string> out;
  for (const auto& region : painted)
    if (!region.source.empty()) out.insert(region.source);
  return out.size();
}

void need_groups(const std::vector<Region>& regions, int folds, const std::filesystem::path& folder) {
  std::set<std::string> groups;
  for (const auto& region : regions) groups.insert(region.group);
  if (groups.size() < static_cast<std::size_t>(folds))
    throw InputError(folder.string(), ": only ", groups.size(),
                     " of its parts have a defect whose size the other side "
                     "has too; the realism test needs at least ",
                     folds, " of each (--set max_size_ratio allows more)");
}

}  // namespace

void fields(FieldVisitor& visit, RealismConfig& c) {
  visit("folds", c.folds, in(2, 20), "folds; pictures of one part share one");
  visit("split", c.split, one_of({"reference", "scene"}),
        "what shares a fold: pictures painted from one reference, or on one scene alone");
  visit("repeats", c.repeats, in(1, 100), "foldings whose verdicts are averaged");
  visit("max_regions", c.max_regions, in(10, 5000), "regions of each side, drawn by seed");
  visit("max_size_ratio", c.max_size_ratio, in(1.01, 100), "of the areas of a matched pair");
  visit("relabelings", c.relabelings, in(1, 10000), "random halvings of the real regions (control)");
  visit("references", c.references, in(2, 1000), "candidates of the reference test");
  visit("bootstrap_rounds", c.bootstrap_rounds, in(10, 1e6), "of the intervals over parts");
  visit("confidence", c.confidence, in(0.01, 0.9999), "of the intervals");
}

Realism measure_realism(const std::filesystem::path& generated, const std::filesystem::path& real,
                        const RealismConfig& config, std::uint64_t seed) {
  Progress progress("realism", 5);
  const auto generated_pictures = drawn(read_defects(generated), config.max_regions, seed);
  const auto real_pictures = drawn(read_defects(real), config.max_regions, seed);
  const int side = common_side(generated_pictures, real_pictures);
  auto all_generated = load_regions(generated_pictures, side);
  Regions regions{.generated = {}, .real = {}, .all_real = load_regions(real_pictures, side), .perlin = {}};
  if (config.split == "reference")
    name_sources(all_generated, generated_pictures, regions.all_real, real_pictures);
  progress.advance(1, "pictures read");

  const auto pairs = match_sizes(all_generated, regions.all_real, config.max_size_ratio);
  for (const auto& [g, r] : pairs) {
    regions.generated.push_back(all_generated[g]);
    regions.real.push_back(regions.all_real[r]);
  }
  const bool by_reference = sources_of(regions.generated) >= static_cast<std::size_t>(config.folds);
  if (!by_reference)
    for (auto* side_regions : {&regions.generated, &regions.real, &regions.all_real})
      for (auto& region : *side_regions) region.source.clear();
  need_groups(regions.generated, config.folds, generated);
  need_groups(regions.real, config.folds, real);
  if (const auto good = good_pictures(real, generated_pictures); !good.empty())
    regions.perlin = perlin_regions(real_pictures, good, side, seed);
  progress.advance(1, "DRAEM's textures painted");

  Realism out;
  out.split = by_reference ? "reference" : "scene";
  out.side = side;
  out.pairs = pairs.size();
  out.generated_left = all_generated.size() - pairs.size();
  out.real_left = regions.all_real.size() - pairs.size();
  out.region = asked(regions, region_features, config, seed);
  progress.advance(1, "regions told apart");
  out.seam = asked(regions, seam_features, config, seed);
  progress.advance(1, "seams told apart");
  if (const auto answers = tell_references(generated_pictures, config.references, side, seed)) {
    const auto share = [&](const std::vector<std::size_t>& chosen) {
      double sum = 0;
      for (const auto i : chosen) sum += answers->right[i];
      return sum / static_cast<double>(chosen.size());
    };
    out.reference = ReferenceTest{with_interval(answers->groups, config, seed, share),
                                  1.0 / answers->candidates, answers->right.size()};
  }
  progress.advance(1);
  return out;
}

Json to_json(const Realism& realism) {
  const auto accuracy = [](const Accuracy& a) {
    return Json{{"value", a.value}, {"low", a.low}, {"high", a.high}};
  };
  const auto test = [&](const RealismTest& t) {
    return Json{{"balanced_accuracy", accuracy(t.generated)},
                {"perlin", t.perlin ? Json(*t.perlin) : Json(nullptr)},
                {"real", t.real},
                {"valid", t.void_because.empty()},
                {"void_because", t.void_because}};
  };
  Json out = {
      {"side_px", realism.side},        {"pairs", realism.pairs}, {"generated_left", realism.generated_left},
      {"real_left", realism.real_left}, {"split", realism.split}, {"region", test(realism.region)},
      {"seam", test(realism.seam)},     {"reference", nullptr}};
  if (const auto& reference = realism.reference)
    out["reference"] = {{"accuracy", accuracy(reference->accuracy)},
                        {"chance", reference->chance},
                        {"pictures", reference->pictures}};
  return out;
}

}  // namespace unidg::evaluation
