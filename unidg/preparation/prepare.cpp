#include "unidg/preparation/prepare.h"

#include <optional>

#include "unidg/core/rng.h"
#include "unidg/preparation/corpus.h"
#include "unidg/preparation/pairs.h"
#include "unidg/preparation/shard_writing.h"
#include "unidg/procedural/procedural.h"

namespace unidg::preparation {
namespace fs = std::filesystem;

void fields(FieldVisitor& visit, PrepareConfig& c) {
  visit("size", c.size, in(32, 512), "side of one diptych half, pixels; a multiple of 16");
  visit("pairs", c.pairs, in(1, 1e8), "training pairs");
  visit("procedural", c.procedural, in(0, 1), "share of drawn quadruplets");
  visit("same_image", c.same_image, in(0, 1), "share with the same photo as reference (App. C.1 a)");
  visit("other_object", c.other_object, in(0, 1),
        "share with another object's defect as reference (App. C.1 c)");
  visit("shard_pairs", c.shard_pairs, in(1, 1e6), "pairs a shard");
  visit("held_out", c.held_out, in(0, 0.5), "share of photos kept for val/");
  visit("seed", c.seed, any(), "of every random choice");
}

namespace {

class Preparer {
 public:
  Preparer(const fs::path& corpus, const PrepareConfig& config) : config_(config) {
    if (corpus.empty()) return;
    pool_.emplace(read_corpus(corpus));
    for (const auto& name : pool_->datasets()) {
      datasets_.push_back(name);
      total_ += weight_of(name);
    }
  }

  // The pair of one number: what it shows depends on the number and the seed alone.
  std::optional<ShardPair> make(std::int64_t number, bool held_out, int attempt) const {
    // Real or drawn, and from which dataset, is settled by the number alone: a failed attempt changes
    // neither.
    const auto stream = text("pair ", number, held_out ? " val" : "");
    Rng choice(static_cast<std::uint64_t>(config_.seed), stream);
    Rng rng(static_cast<std::uint64_t>(config_.seed), text(stream, " ", attempt));
    if (!pool_ || (!held_out && choice.chance(config_.procedural))) {
      if (auto pair = drawn(rng)) return as_tensors(*pair, "procedural");
      return std::nullopt;
    }
    const auto& dataset = choose_dataset(attempt < 100 ? choice : rng);
    const int target = rng.pick(pool_->of_dataset(dataset));
    if (keeps_out(target) != held_out) return std::nullopt;
    if (auto pair = photographed(target, held_out, rng)) return as_tensors(*pair, dataset);
    return std::nullopt;
  }
  const std::optional<PairPool>& pool() const { return pool_; }

 private:
  const std::string& choose_dataset(Rng& rng) const {
    double at = rng.uniform() * total_;
    for (const auto& name : datasets_)
      if ((at -= weight_of(name)) <= 0) return name;
    return datasets_.back();
  }
  bool keeps_out(int entry) const {
    return is_held_out(pool_->entries()[static_cast<std::size_t>(entry)].source, config_.held_out);
  }
  static ShardPair as_tensors(const Pair& p, const std::string& dataset) {
    return {to_bytes(p.reference), to_bytes(p.target), to_bytes(p.collage), to_bytes(p.mask), dataset};
  }

  std::optional<Pair> photographed(int target, bool held_out, Rng& rng) const {
    const auto& entry = pool_->entries()[static_cast<std::size_t>(target)];
    const double kind = rng.uniform();
    int reference = target;
    const auto& others = pool_->other_object(target);
    if (kind >= config_.same_image && kind < config_.same_image + config_.other_object && !others.empty())
      reference = rng.pick(others);
    else if (kind >= config_.same_image)
      reference = rng.pick(pool_->same_kind(target));
    if (keeps_out(reference) && !held_out) return std::nullopt;
    const auto& from = pool_->entries()[static_cast<std::size_t>(reference)];
    MaskedImage abnormal{load_image(entry.image), load_mask(entry.mask)};
    MaskedImage defect{load_image(from.image), load_mask(from.mask)};
    if (abnormal.mask.is_empty() || defect.mask.area() < 6) return std::nullopt;
    if (reference == target || rng.chance(0.4)) defect = jitter(defect, rng);
    std::optional<Image> normal;
    if (!entry.normal.empty()) normal = load_image(entry.normal);
    return make_pair(abnormal, normal, defect, static_cast<int>(config_.size), rng);
  }

  std::optional<Pair> drawn(Rng& rng) const {
    const auto products = procedural::products();
    const auto product = rng.pick(products);
    const auto kinds = procedural::defects(product);
    const auto kind = rng.pick(kinds);
    const int side = static_cast<int>(config_.size) * (rng.chance(0.5) ? 1 : 2);
    const auto target =
        procedural::draw(product, kind, side, side, stable_hash(text("t", rng.bits(), rng.bits())));
    // The same kind of defect, half the time on another product that has it.
    std::vector<std::string> having;
    for (const auto& other : products) {
      const auto theirs = procedural::defects(other);
      if (std::find(theirs.begin(), theirs.end(), kind) != theirs.end()) having.push_back(other);
    }
    const auto other = rng.chance(0.5) ? product : rng.pick(having);
    const auto reference =
        procedural::draw(other, kind, side, side, stable_hash(text("r", rng.bits(), rng.bits())));
    if (target.mask.is_empty() || reference.mask.area() < 6) return std::nullopt;
    return make_pair({target.abnormal, target.mask}, target.normal, {reference.abnormal, reference.mask},
                     static_cast<int>(config_.size), rng);
  }

  PrepareConfig config_;
  std::optional<PairPool> pool_;
  std::vector<std::string> datasets_;
  double total_ = 0;
};

}  // namespace

PrepareReport prepare(const fs::path& corpus, const fs::path& out, const PrepareConfig& config) {
  if (config.size % 16) throw UsageError("size is ", config.size, " but must be a multiple of 16");
  const Preparer preparer(corpus, config);
  const auto report =
      write_shards(out, {config.pairs, config.shard_pairs, config.held_out > 0, echo_fields(config).dump()},
                   [&](std::int64_t number, bool held_out, int attempt) {
                     return preparer.make(number, held_out, attempt);
                   });
  std::map<std::string, std::string> licences;
  if (preparer.pool())
    for (const auto& e : preparer.pool()->entries()) licences[e.dataset] = e.licence;
  write_sources(out, licences);
  if (!corpus.empty()) write_training_list(out, corpus);
  return report;
}

}  // namespace unidg::preparation
