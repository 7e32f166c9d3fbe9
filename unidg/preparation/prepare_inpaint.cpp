#include <map>
#include <vector>

#include "unidg/core/error.h"
#include "unidg/preparation/corpus.h"
#include "unidg/preparation/inpaint.h"
#include "unidg/preparation/shard_writing.h"
#include "unidg/procedural/procedural.h"

namespace unidg::preparation {
namespace {

namespace fs = std::filesystem;
using dataset::templates::TemplateLibrary;

/// Good and defective photos of a data set.
struct Photos {
  struct One {
    std::string source;
    fs::path image, mask;  ///< no mask: a good photo
  };
  std::vector<One> good, defective;
};

class InpaintPreparer {
 public:
  InpaintPreparer(const fs::path& corpus, const fs::path& library, const InpaintConfig& config)
      : config_(config) {
    if (!library.empty()) library_ = TemplateLibrary::load(library);
    if (corpus.empty()) return;
    for (const auto& entry : read_corpus(corpus)) {
      auto& photos = photos_[entry.dataset];
      if (!entry.image.empty()) photos.defective.push_back({entry.source, entry.image, entry.mask});
      if (!entry.normal.empty()) photos.good.push_back({entry.source, entry.normal, {}});
      licences_[entry.dataset] = entry.licence;
    }
    for (const auto& [name, photos] : photos_) total_ += weight_of(name);
  }

  /// The sample of one number: what it shows depends on the number and the seed alone.
  std::optional<ShardPair> make(std::int64_t number, bool held_out, int attempt) const {
    const auto stream = text("inpaint ", number, held_out ? " val" : "");
    Rng choice(static_cast<std::uint64_t>(config_.seed), stream);
    Rng rng(static_cast<std::uint64_t>(config_.seed), text(stream, " ", attempt));
    if (photos_.empty() || (!held_out && choice.chance(config_.procedural)))
      return sample(drawn(rng), "procedural", rng);
    const auto& [name, photos] = choose_dataset(attempt < 100 ? choice : rng);
    const bool is_defective =
        photos.good.empty() || (!photos.defective.empty() && rng.chance(config_.abnormal));
    const auto& photo = rng.pick(is_defective ? photos.defective : photos.good);
    if (is_held_out(photo.source, config_.held_out) != held_out) return std::nullopt;
    return sample({load_image(photo.image), is_defective ? load_mask(photo.mask) : Mask()}, name, rng);
  }
  const std::map<std::string, std::string>& licences() const { return licences_; }

 private:
  std::optional<ShardPair> sample(const InpaintPhoto& photo, const std::string& dataset, Rng& rng) const {
    const auto pair = make_inpaint_pair(photo, library_ ? &*library_ : nullptr, config_, rng);
    if (!pair) return std::nullopt;
    return ShardPair{{}, to_bytes(pair->target), to_bytes(pair->collage), to_bytes(pair->mask), dataset};
  }

  const std::pair<const std::string, Photos>& choose_dataset(Rng& rng) const {
    double at = rng.uniform() * total_;
    for (const auto& one : photos_)
      if ((at -= weight_of(one.first)) <= 0) return one;
    return *photos_.rbegin();
  }

  InpaintPhoto drawn(Rng& rng) const {
    const auto product = rng.pick(procedural::products());
    const int side = std::max(32, static_cast<int>(config_.size)) * (rng.chance(0.5) ? 1 : 2);
    const auto specimen =
        procedural::draw(product, "", side, side, stable_hash(text("i", rng.bits(), rng.bits())));
    if (rng.chance(config_.abnormal)) return {specimen.abnormal, specimen.mask};
    return {specimen.normal, Mask()};
  }

  InpaintConfig config_;
  std::optional<TemplateLibrary> library_;
  std::map<std::string, Photos> photos_;
  std::map<std::string, std::string> licences_;
  double total_ = 0;
};

}  // namespace

PrepareReport prepare_inpaint(const fs::path& corpus, const fs::path& library, const fs::path& out,
                              const InpaintConfig& config) {
  if (config.size % 16) throw UsageError("size is ", config.size, " but must be a multiple of 16");
  if (config.least_masks > config.most_masks)
    throw UsageError("least_masks is ", config.least_masks, " but must not exceed most_masks, ",
                     config.most_masks);
  const InpaintPreparer preparer(corpus, library, config);
  const auto report =
      write_shards(out, {config.pairs, config.shard_pairs, config.held_out > 0, echo_fields(config).dump()},
                   [&](std::int64_t number, bool held_out, int attempt) {
                     return preparer.make(number, held_out, attempt);
                   });
  write_sources(out, preparer.licences());
  if (!corpus.empty()) write_training_list(out, corpus);
  return report;
}

}  // namespace unidg::preparation
