#include "unidg/evaluation/likeness/clusters.h"

#include <limits>

#include "unidg/core/error.h"
#include "unidg/core/progress.h"
#include "unidg/core/rng.h"

namespace unidg::evaluation {
namespace {

constexpr std::size_t kKeptBytes = std::size_t{2} << 30;  // of embeddings; what is beyond is computed again

/// Pictures of a list, kept while there is room.
class Kept {
 public:
  explicit Kept(const PictureList& list) : list_(list), pictures_(list.count) {}
  ComparedPicture at(std::size_t index) {
    if (pictures_[index]) return *pictures_[index];
    auto picture = list_.load(index);
    bytes_ += picture.embedding.bytes();
    if (bytes_ <= kKeptBytes) pictures_[index] = picture;
    return picture;
  }

 private:
  const PictureList& list_;
  std::vector<std::optional<ComparedPicture>> pictures_;
  std::size_t bytes_ = 0;
};

std::size_t nearest(const ComparedPicture& picture, const std::vector<ComparedPicture>& centres,
                    bool later_centre) {
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < centres.size(); ++c) {
    const double d = distance(picture, centres[c]);
    if (d < least || (later_centre && d == least)) least = d, best = c;
  }
  return best;
}

/// Mean over pairs i < j; the mean over ordered pairs is the same number.
double mean_over_pairs(const std::vector<ComparedPicture>& pictures) {
  double sum = 0;
  for (std::size_t j = 1; j < pictures.size(); ++j)
    for (std::size_t i = 0; i < j; ++i) sum += distance(pictures[i], pictures[j]);
  return sum / (static_cast<double>(pictures.size() * (pictures.size() - 1)) / 2);
}

}  // namespace

double distance(const ComparedPicture& a, const ComparedPicture& b) {
  if (!a.region.defined()) return PerceptualDistance::distance(a.embedding, b.embedding);
  const auto map = PerceptualDistance::distance_map(a.embedding, b.embedding);
  const auto region = torch::maximum(a.region, b.region);
  return ((map * region).sum() / region.sum()).item<double>();
}

ClusterScore score_clusters(const PictureList& centre_list, const PictureList& generated,
                            const LikenessRules& rules, std::uint64_t seed, const std::string& stream) {
  std::vector<ComparedPicture> centres;
  for (std::size_t c = 0; c < centre_list.count; ++c) centres.push_back(centre_list.load(c));

  // Every generated picture joins its nearest centre.
  Kept kept(generated);
  std::vector<std::vector<std::size_t>> clusters(centres.size());
  Progress progress(stream, static_cast<std::int64_t>(generated.count));
  for (std::size_t i = 0; i < generated.count; ++i) {
    if (interrupted()) throw Interrupted("stopped in ", stream);
    clusters[nearest(kept.at(i), centres, rules.later_centre)].push_back(i);
    progress.advance();
  }

  // The mean distance inside each cluster.
  ClusterScore score;
  double sum = 0;
  for (std::size_t c = 0; c < clusters.size(); ++c) {
    auto& members = clusters[c];
    score.sizes.push_back(members.size());
    if (members.size() < 2) {
      ++score.dropped;
      continue;
    }
    if (interrupted()) throw Interrupted("stopped in ", stream);
    if (rules.is_shuffled) Rng(seed, text("likeness/", stream, "/", c)).shuffle(members);
    members.resize(std::min(members.size(), rules.cap));
    std::vector<ComparedPicture> pictures;
    for (const auto i : members) pictures.push_back(kept.at(i));
    sum += mean_over_pairs(pictures);
  }
  const auto full = clusters.size() - score.dropped;
  if (full > 0) score.non_zero = sum / static_cast<double>(full);
  if (rules.singles_are_zero)
    score.value = sum / static_cast<double>(clusters.size());
  else
    score.value = score.non_zero;
  return score;
}

}  // namespace unidg::evaluation
