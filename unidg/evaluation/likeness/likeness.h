#pragma once
#include <optional>

#include "unidg/core/config.h"
#include "unidg/evaluation/likeness/perceptual_distance.h"
#include "unidg/evaluation/likeness/samples.h"

namespace unidg::evaluation {

/// Intra-cluster LPIPS (docs/evaluation.md, IL and IL-a): every generated picture joins the real picture it
/// looks most like; IL is the mean distance inside such clusters. High IL = various; it does not tell whether
/// the defects are realistic.
struct LikenessConfig {
  std::string variant = "magic";  ///< magic | seas | dfmgan (docs/choices.md 71)
  std::string il_a = "crop";      ///< crop | spatial | none (docs/choices.md 72)
  bool as_published = false;   ///< with the variant's published errors (docs/evaluation.md, Protocol, 5 to 7)
  std::int64_t seed = 0;       ///< of the shuffle before the cap
  std::int64_t count = 0;      ///< generated pictures of a type; 0 all
  std::string pick = "first";  ///< first | uniform: which ones (docs/choices.md 74)
};
void fields(FieldVisitor& visit, LikenessConfig& c);

/// What a variant does (docs/evaluation.md, IL and IL-a), and where its published code differs from that.
struct LikenessRules {
  std::string backbone;           ///< of the published figures
  int size_px = 256;              ///< bilinear; 0: as stored
  bool centres_third = true;      ///< the first floor(n / 3) real pictures, else all
  std::size_t cap = 50;           ///< pictures of a cluster that are compared
  bool is_shuffled = true;        ///< before the cap
  bool later_centre = false;      ///< published MAGIC: a tie goes to the later centre
  bool singles_are_zero = false;  ///< published SeaS, DFMGAN: a cluster of one or none counts as 0
  bool real_is_0_255 = false;     ///< published SeaS, DFMGAN: centres enter as 0 ... 255
};
/// @throws UsageError
LikenessRules likeness_rules(const LikenessConfig& config);

/// Mean distance inside clusters, of one type.
struct ClusterScore {
  std::optional<double> value;     ///< mean over clusters; none when no cluster has two pictures
  std::optional<double> non_zero;  ///< mean over clusters of two or more, which SeaS and DFMGAN print as well
  std::vector<std::size_t> sizes;  ///< pictures that joined each centre
  std::size_t dropped = 0;         ///< clusters of one or none
};

struct TypeLikeness {
  std::string object, type;
  std::size_t real = 0, generated = 0;
  ClusterScore il, il_a;
};

struct Likeness {
  LikenessConfig config;
  std::string distance, backbone;  ///< name of the distance and its network
  bool is_lpips = false;
  std::string variant_backbone;  ///< the published figures' network
  std::vector<TypeLikeness> types;
  /// Mean over types, then over objects; types without a value are left out.
  std::optional<double> il, il_a;
};
Json to_json(const Likeness& likeness);

/// @throws InputError for a type with too few real pictures for its variant, a mask that is missing or empty,
/// pictures of different sizes where the variant does not resize
Likeness measure_likeness(const std::vector<LikenessType>& types, const PerceptualDistance& distance,
                          const LikenessConfig& config);

}  // namespace unidg::evaluation
