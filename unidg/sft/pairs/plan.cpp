#include "unidg/sft/pairs/plan.h"

#include <algorithm>
#include <cmath>

#include "unidg/core/progress.h"
#include "unidg/core/rng.h"

namespace unidg::sft {
namespace {

using Indices = std::vector<std::uint32_t>;

std::array<double, 3> parse_ratio(const std::string& words) {
  std::array<double, 3> out{};
  char end = 0;
  const int read = std::sscanf(words.c_str(), "%lf:%lf:%lf%c", &out[0], &out[1], &out[2], &end);
  const bool is_sound =
      read == 3 && std::all_of(out.begin(), out.end(), [](double v) { return std::isfinite(v) && v >= 0; });
  if (!is_sound || out[0] + out[1] + out[2] <= 0)
    throw UsageError("sampling.ratio is '", words, "' (expected A:B:C, none negative, as 1:1:1 or 2:1:1)");
  return out;
}

/// Draws the pairs of one distribution among quadruplets that may meet.
class Drawer {
 public:
  Drawer(const Quadruplets& all, const PairConfig& config, const Alg2Config& alg2, bool is_held_out)
      : all_(all), config_(config), alg2_(alg2), is_held_out_(is_held_out) {
    for (std::uint32_t i = 0; i < all.size(); ++i)
      if (all[i].is_held_out == is_held_out) members_.push_back(i);
  }

  std::vector<PlannedPair> draw(Distribution distribution, std::map<std::string, std::int64_t>& dropped) {
    used_.assign(all_.size(), false);
    std::vector<PlannedPair> out;
    Rng rng(static_cast<std::uint64_t>(config_.seed),
            text("pairs ", letter(distribution), is_held_out_ ? " held out" : ""));
    Indices targets = members_;
    rng.shuffle(targets);
    const auto pools = pools_of(distribution);
    for (const auto target : targets) {
      if (interrupted()) throw Interrupted("stopped; nothing was written");
      PlannedPair pair{distribution, target, target, 0, is_held_out_};
      if (distribution != Distribution::SameImage) {
        const auto pool = pools.find(key_of(distribution, all_[target]));
        const auto reason = pool == pools.end() ? "category not known"
                            : distribution == Distribution::SameObject
                                ? choose_alike(pair, pool->second, rng)
                                : choose_across(pair, pool->second, rng);
        if (!reason.empty()) {
          ++dropped[reason];
          continue;
        }
        used_[pair.reference] = true;
      }
      out.push_back(pair);
    }
    return out;
  }

 private:
  using Key = std::array<std::uint32_t, 2>;
  Key key_of(Distribution distribution, const Quadruplet& q) const {
    const auto category = static_cast<std::uint32_t>(q.category);
    if (distribution == Distribution::OtherObject) return {0, category};
    return {q.object, config_.b_type == "mapped" ? category : q.type};
  }
  std::map<Key, Indices> pools_of(Distribution distribution) const {
    std::map<Key, Indices> out;
    if (distribution == Distribution::SameImage) return out;
    const bool by_category = distribution == Distribution::OtherObject || config_.b_type == "mapped";
    for (const auto i : members_)
      if (!by_category || all_[i].category > 0) out[key_of(distribution, all_[i])].push_back(i);
    return out;
  }
  bool is_free(std::uint32_t index) const { return !used_[index] || config_.exhausted == "reuse"; }

  /// (b): one of the best that show another part. @returns why there is none, or ""
  std::string choose_alike(PlannedPair& pair, const Indices& pool, Rng& rng) const {
    Indices free;
    bool has_other = false;
    for (const auto i : pool) {
      if (i == pair.target) continue;
      has_other = true;
      if (is_free(i)) free.push_back(i);
    }
    if (!has_other) return "nothing else of its object and type";
    if (free.empty()) return "every reference is used";
    return choose_best(pair, free, rng);
  }

  /// The best `top` that are not alike, one of them at random; looks further down as far as needed.
  std::string choose_best(PlannedPair& pair, const Indices& free, Rng& rng) const {
    const auto top = static_cast<std::size_t>(config_.top);
    for (std::size_t wanted = 4 * top;; wanted *= 4) {
      std::vector<Candidate> kept;
      const auto ranked = best_candidates(all_.facts()[pair.target], all_.facts(), free, wanted, alg2_);
      for (const auto& candidate : ranked) {
        if (all_.are_alike(pair.target, candidate.index)) continue;
        kept.push_back(candidate);
        if (kept.size() == top) break;
      }
      if (kept.size() < top && ranked.size() < free.size()) continue;
      if (kept.empty()) return "the same part or nearly the same picture only";
      const auto chosen = rng.pick(kept);
      pair.reference = chosen.index, pair.quality = chosen.quality;
      return "";
    }
  }

  /// (c): the same category on another object. @returns why there is none, or ""
  std::string choose_across(PlannedPair& pair, const Indices& pool, Rng& rng) const {
    const auto& target = all_[pair.target];
    const auto is_other = [&](std::uint32_t i) {
      return all_[i].object != target.object && all_[i].name != target.name &&
             all_[i].defect != target.defect;
    };
    const auto accept = [&](std::uint32_t i) {
      pair.reference = i, pair.quality = candidate_quality(all_.facts()[i], all_.facts()[pair.target], alg2_);
      return std::string();
    };
    if (config_.c == "random")  // mostly the first draw fits; the list below is long
      for (int attempt = 0; attempt < 16; ++attempt)
        if (const auto i = rng.pick(pool); is_other(i) && is_free(i)) return accept(i);
    Indices others, free;
    for (const auto i : pool)
      if (is_other(i)) {
        others.push_back(i);
        if (is_free(i)) free.push_back(i);
      }
    if (others.empty()) return "no other object has its category";
    if (free.empty()) return "every reference is used";
    return config_.c == "alg2" ? choose_best(pair, free, rng) : accept(rng.pick(free));
  }

  const Quadruplets& all_;
  const PairConfig& config_;
  const Alg2Config& alg2_;
  bool is_held_out_;
  Indices members_;
  std::vector<bool> used_;
};

/// Cutting to a ratio with an empty distribution would leave nothing.
void require_pairs(const std::array<std::vector<PlannedPair>, 3>& drawn, const std::array<double, 3>& ratio,
                   const PairConfig& config, const PlanReport& report) {
  for (std::size_t i = 0; i < 3; ++i) {
    if (ratio[i] == 0 || !drawn[i].empty()) continue;
    std::string reasons, without = "1:1:1";
    for (std::size_t k = 0; k < 3; ++k) without[2 * k] = ratio[k] == 0 || drawn[k].empty() ? '0' : '1';
    const auto found = report.dropped.find(letter(kDistributions[i]));
    if (found != report.dropped.end())
      for (const auto& [reason, count] : found->second)
        reasons += text(reasons.empty() ? "" : ", ", count, " x ", reason);
    throw InputError("distribution (", letter(kDistributions[i]), ") has no pair (",
                     reasons.empty() ? "no targets" : reasons, "), so that the ratio ", config.ratio,
                     " leaves nothing. Leave it out with --set sampling.ratio=", without,
                     ", or keep what there is with --set sampling.balance=all");
  }
}

/// Shortens the distributions to the ratio; (a) : (b) : (c) with the smallest whole.
void cut_to_ratio(std::array<std::vector<PlannedPair>, 3>& drawn, const std::array<double, 3>& ratio,
                  std::map<std::string, std::int64_t>& cut) {
  double unit = INFINITY;
  for (std::size_t i = 0; i < 3; ++i)
    if (ratio[i] > 0) unit = std::min(unit, static_cast<double>(drawn[i].size()) / ratio[i]);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto kept = static_cast<std::size_t>(std::floor(unit * ratio[i] + 1e-9));
    cut[letter(kDistributions[i])] += static_cast<std::int64_t>(drawn[i].size() - kept);
    drawn[i].resize(kept);
  }
}

}  // namespace

const char* letter(Distribution distribution) {
  return distribution == Distribution::SameImage ? "a" : distribution == Distribution::SameObject ? "b" : "c";
}

void fields(FieldVisitor& visit, PairConfig& c) {
  visit("seed", c.seed, any(), "of every draw");
  visit("ratio", c.ratio, any(), "of the distributions (a), (b), (c), as A:B:C; 0 leaves one out");
  visit("balance", c.balance, one_of({"cut", "all"}), "leave out pairs beyond the ratio, or keep every pair");
  visit("top", c.top, in(1, 1000), "best candidates of (b) among which one is drawn");
  visit("b_type", c.b_type, one_of({"original", "mapped"}),
        "the type that reference and target of (b) share");
  visit("c", c.c, one_of({"random", "alg2"}), "how references of (c) are chosen");
  visit("exhausted", c.exhausted, one_of({"skip", "reuse"}), "targets whose candidates were all used");
}

void fields(FieldVisitor& visit, PlanConfig& c) {
  visit.group("sampling", c.sampling);
  visit.group("alg2", c.alg2);
  visit.group("select", c.select);
}

std::vector<PlannedPair> plan_pairs(const Quadruplets& quadruplets, const PairConfig& sampling,
                                    const Alg2Config& alg2, PlanReport& report) {
  const auto ratio = parse_ratio(sampling.ratio);
  std::vector<PlannedPair> out;
  for (const bool is_held_out : {false, true}) {
    Drawer drawer(quadruplets, sampling, alg2, is_held_out);
    std::array<std::vector<PlannedPair>, 3> drawn;
    for (std::size_t i = 0; i < 3; ++i)
      if (ratio[i] > 0) drawn[i] = drawer.draw(kDistributions[i], report.dropped[letter(kDistributions[i])]);
    // Held-out pairs judge; they need no balance, and are few.
    if (sampling.balance == "cut" && !is_held_out) {
      require_pairs(drawn, ratio, sampling, report);
      cut_to_ratio(drawn, ratio, report.cut);
    }
    for (const auto& pairs : drawn) out.insert(out.end(), pairs.begin(), pairs.end());
  }
  return out;
}

}  // namespace unidg::sft
