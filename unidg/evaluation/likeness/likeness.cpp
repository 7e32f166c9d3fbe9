#include "unidg/evaluation/likeness/likeness.h"

#include <map>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/evaluation/likeness/clusters.h"
#include "unidg/image/image.h"
#include "unidg/image/pillow_resize.h"
#include "unidg/image/tensor.h"

namespace unidg::evaluation {
namespace {

enum class Look { Whole, Crop, Region };
constexpr int kCropSize = 256;

Mask load_region(const LikenessSample& sample, const cv::Mat& pixels) {
  if (sample.mask.empty())
    throw InputError(sample.image.string(),
                     ": has no mask beside it, in masks/ or in ground_truth/<type>/; IL-a looks at "
                     "the defect alone. Add masks, or pass --set il_a=none.");
  const auto mask = load_mask(sample.mask);
  if (mask.width() != pixels.cols || mask.height() != pixels.rows)
    throw InputError(sample.mask.string(), ": the mask is ", mask.width(), "x", mask.height(),
                     " but its picture ", sample.image.string(), " is ", pixels.cols, "x", pixels.rows);
  if (mask.is_empty())
    throw InputError(sample.mask.string(), ": the mask is empty, so there is no defect to look at");
  return mask;
}

ComparedPicture load(const LikenessSample& sample, Look look, int size_px, bool is_0_255,
                     const PerceptualDistance& distance) {
  cv::Mat pixels = load_image(sample.image).rgb8();
  ComparedPicture out;
  if (look != Look::Whole) {
    const auto mask = load_region(sample, pixels);
    if (look == Look::Crop) {
      pixels = pixels(mask.box()).clone();
    } else {  // in a smaller mask any covered pixel counts, so that thin defects stay
      cv::Mat region = mask.pixels();
      const bool shrinks = std::min(region.cols, region.rows) > size_px;
      if (size_px > 0)
        cv::resize(region, region, {size_px, size_px}, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_NEAREST);
      out.region = (mask_to_tensor(region > 0)).squeeze(0);
    }
  }
  const int side = look == Look::Crop ? kCropSize : size_px;
  if (side > 0) pixels = pillow_resize(pixels, side, side, PillowFilter::Bilinear);
  auto image = to_tensor(pixels);
  if (is_0_255) image = (image + 1) * 127.5;
  out.embedding = distance.embed(image);
  return out;
}

/// The centres' list and the generated one under one look.
ClusterScore score(const LikenessType& type, Look look, const LikenessRules& rules,
                   const LikenessConfig& config, const PerceptualDistance& distance) {
  const auto centres = rules.centres_third ? type.real.size() / 3 : type.real.size();
  if (centres == 0)
    throw InputError(
        type.object, "/", type.type, ": ", type.real.size(), " real pictures; the variant '", config.variant,
        "' takes the first third as centres, so it needs at least 3. Leave the type out, or choose "
        "--variant seas, which takes all.");
  const auto list = [&](const std::vector<LikenessSample>& samples, std::size_t count, bool is_0_255) {
    return PictureList{count, [&, is_0_255](std::size_t i) {
                         return load(samples[i], look, rules.size_px, is_0_255, distance);
                       }};
  };
  const auto stream = type.object + "/" + type.type + (look == Look::Whole ? " IL" : " IL-a");
  return score_clusters(list(type.real, centres, rules.real_is_0_255),
                        list(type.generated, type.generated.size(), false), rules,
                        static_cast<std::uint64_t>(config.seed), stream);
}

std::vector<LikenessSample> picked(const std::vector<LikenessSample>& all, const LikenessConfig& config) {
  const auto count = static_cast<std::size_t>(config.count);
  if (count == 0 || count >= all.size()) return all;
  std::vector<LikenessSample> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(all[config.pick == "first" ? i : i * all.size() / count]);
  return out;
}

std::optional<double> mean_over_objects(const std::vector<TypeLikeness>& types,
                                        ClusterScore TypeLikeness::*score) {
  std::map<std::string, std::vector<double>> objects;
  for (const auto& type : types)
    if (const auto value = (type.*score).value) objects[type.object].push_back(*value);
  if (objects.empty()) return std::nullopt;
  double sum = 0;
  for (const auto& [object, values] : objects) {
    double inner = 0;
    for (const double value : values) inner += value;
    sum += inner / static_cast<double>(values.size());
  }
  return sum / static_cast<double>(objects.size());
}

Json to_json(const ClusterScore& s) {
  const auto number = [](std::optional<double> value) { return value ? Json(*value) : Json(nullptr); };
  return {{"value", number(s.value)},
          {"non_zero", number(s.non_zero)},
          {"cluster_sizes", s.sizes},
          {"dropped", s.dropped}};
}

}  // namespace

void fields(FieldVisitor& visit, LikenessConfig& c) {
  visit("variant", c.variant, one_of({"magic", "seas", "dfmgan"}), "whose rules (docs/evaluation.md)");
  visit("il_a", c.il_a, one_of({"crop", "spatial", "none"}),
        "IL-a: crops to the mask's box at 256 px, or the distance map under the masks");
  visit("as_published", c.as_published, any(), "with the errors of the variant's published code");
  visit("seed", c.seed, in(0, 9e15), "of the shuffle before the cap");
  visit("count", c.count, in(0, 1e9), "generated pictures of a type; 0 all");
  visit("pick", c.pick, one_of({"first", "uniform"}), "which ones when there are more");
}

LikenessRules likeness_rules(const LikenessConfig& config) {
  LikenessRules rules;
  if (config.variant == "magic") {
    rules.backbone = "vgg16";
    rules.later_centre = config.as_published;
    return rules;
  }
  if (config.variant != "seas" && config.variant != "dfmgan")
    throw UsageError("variant '", config.variant, "': expected magic, seas or dfmgan");
  const bool is_seas = config.variant == "seas";
  rules.backbone = is_seas ? "vgg16" : "alex";
  rules.size_px = is_seas ? 256 : 0;
  rules.cap = is_seas ? 140 : 200;
  rules.centres_third = rules.is_shuffled = false;
  rules.singles_are_zero = rules.real_is_0_255 = config.as_published;
  return rules;
}

Likeness measure_likeness(const std::vector<LikenessType>& types, const PerceptualDistance& distance,
                          const LikenessConfig& config) {
  const auto rules = likeness_rules(config);
  Likeness out{config, distance.name(), distance.backbone(), distance.is_lpips(), rules.backbone, {}, {}, {}};
  for (auto type : types) {
    type.generated = picked(type.generated, config);
    TypeLikeness result{type.object, type.type, type.real.size(), type.generated.size(), {}, {}};
    result.il = score(type, Look::Whole, rules, config, distance);
    if (config.il_a != "none")
      result.il_a = score(type, config.il_a == "crop" ? Look::Crop : Look::Region, rules, config, distance);
    out.types.push_back(std::move(result));
  }
  out.il = mean_over_objects(out.types, &TypeLikeness::il);
  out.il_a = mean_over_objects(out.types, &TypeLikeness::il_a);
  return out;
}

Json to_json(const Likeness& l) {
  const auto number = [](std::optional<double> value) { return value ? Json(*value) : Json(nullptr); };
  Json types = Json::array();
  for (const auto& type : l.types)
    types.push_back({{"object", type.object},
                     {"type", type.type},
                     {"real", type.real},
                     {"generated", type.generated},
                     {"il", to_json(type.il)},
                     {"il_a", l.config.il_a == "none" ? Json(nullptr) : to_json(type.il_a)}});
  return {{"il", number(l.il)},
          {"il_a", number(l.il_a)},
          {"distance", l.distance},
          {"is_lpips", l.is_lpips},
          {"backbone", l.backbone},
          {"variant_backbone", l.variant_backbone},
          {"settings", echo_fields(l.config)},
          {"types", types}};
}

}  // namespace unidg::evaluation
