#include "unidg/dataset/templates/placement.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/dataset/sets/taxonomy.h"
#include "unidg/image/foreground.h"

namespace unidg::dataset::templates {
namespace fs = std::filesystem;
namespace {

constexpr int kTries = 20;
constexpr double kLargestShare = 0.25;  // of the product: mask_like allows no more

std::vector<std::pair<std::string, std::vector<cv::Rect>>> read_boxes(const fs::path& file) {
  std::vector<std::pair<std::string, std::vector<cv::Rect>>> out;
  if (file.empty()) return out;
  const auto json = parse_json(read_file(file, 64 << 20), file.string());
  const auto refuse = [&](std::size_t i, const std::string& found) {
    throw FormatError(file.string(), ": entry ", i, ": ", found,
                      "; expected {\"image_path\": FILE, \"boxes\": [[x1, y1, x2, y2], ...]}");
  };
  if (!json.is_array()) throw FormatError(file.string(), ": is ", json.type_name(), "; expected a list");
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto& entry = json[i];
    if (!entry.is_object() || !entry.contains("image_path") || !entry["image_path"].is_string())
      refuse(i, "no 'image_path'");
    if (!entry.contains("boxes") || !entry["boxes"].is_array()) refuse(i, "no 'boxes'");
    std::vector<cv::Rect> boxes;
    for (const auto& box : entry["boxes"]) {
      if (!box.is_array() || box.size() != 4) refuse(i, "box " + box.dump());
      for (const auto& number : box)
        if (!number.is_number() || std::abs(number.get<double>()) > 1e6) refuse(i, "box " + box.dump());
      const auto at = [&](int k) {
        return static_cast<int>(std::lround(box[static_cast<std::size_t>(k)].get<double>()));
      };
      if (at(2) <= at(0) || at(3) <= at(1)) refuse(i, "empty box " + box.dump());
      boxes.emplace_back(at(0), at(1), at(2) - at(0), at(3) - at(1));
    }
    out.emplace_back(fs::path(entry["image_path"].get<std::string>()).stem().string(), std::move(boxes));
  }
  return out;
}

}  // namespace

Allowed::Allowed(const RegionOfInterest& roi, const std::vector<Scene>& scenes)
    : foreground_(paired(roi.foreground, scenes)),
      include_(paired(roi.include, scenes)),
      exclude_(paired(roi.exclude, scenes)),
      boxes_file_(roi.boxes),
      boxes_(read_boxes(roi.boxes)) {}

Allowed::Files Allowed::paired(const fs::path& from, std::vector<Scene> scenes) {
  Files out;
  if (from.empty()) return out;
  for (const auto& scene : pair_masks(std::move(scenes), from)) out[scene.name] = *scene.mask;
  return out;
}

std::optional<Mask> Allowed::region(const Files& files, const Scene& scene, cv::Size size) {
  const auto found = files.find(scene.name);
  if (found == files.end()) return std::nullopt;
  const auto& file = found->second;
  auto mask = load_mask(file);
  if (mask.pixels().size() != size)
    throw InputError(file.string(), ": is ", mask.width(), " x ", mask.height(), " pixels but ",
                     scene.image.string(), " has ", size.width, " x ", size.height,
                     "; give the region at the picture's size");
  return mask;
}

Mask Allowed::of(const Scene& scene, const Image& image) const {
  const cv::Size size(image.width(), image.height());
  auto product = region(foreground_, scene, size);
  cv::Mat allowed = (product ? *product : foreground(image)).pixels().clone();
  if (const auto include = region(include_, scene, size)) allowed &= include->pixels();
  if (const auto exclude = region(exclude_, scene, size)) allowed.setTo(0, exclude->pixels());
  if (!boxes_file_.empty()) {
    cv::Mat inside = cv::Mat::zeros(size, CV_8UC1);
    bool is_known = false;
    for (const auto& [stem, boxes] : boxes_) {
      if (stem != scene.image.stem().string()) continue;
      is_known = true;
      for (const auto& box : boxes) inside(box & cv::Rect({0, 0}, size)).setTo(255);
    }
    if (!is_known)
      throw InputError(boxes_file_.string(), ": has no entry for ", scene.image.string(),
                       "; its image_path must end in this file's name");
    allowed &= inside;
  }
  if (cv::countNonZero(allowed) == 0)
    throw InputError(scene.image.string(),
                     ": no place is left for a mask: the regions given do not meet the product. Look at the "
                     "region in a viewer");
  return Mask(allowed);
}

void fields(FieldVisitor& visit, PlaceConfig& c) {
  visit("pick", c.pick, one_of({"weighted", "even"}),
        "clusters by how many masks they have and how well they fit, or each alike");
  visit("may_touch_border", c.may_touch_border, any(),
        "masks may lie at the picture's border though they did not in their own");
  visit("least_fit", c.least_fit, in(0, 1), "clusters that fit the product less are left out");
  visit.group("placing", c.placing);
}

Mask laid(const Mask& mask, const Mask& allowed, const MaskConfig& config, Rng& rng) {
  if (config.place == "near") {
    cv::Mat inside;
    cv::bitwise_and(mask_near(mask, allowed, {}, config, rng).pixels(), allowed.pixels(), inside);
    if (cv::countNonZero(inside) > 0) return Mask(inside);
  }
  return mask_like(mask, allowed, config, rng);
}

double fit_of(const Member& member, const Mask& allowed) {
  const auto mask = member.mask();
  const double scale =
      std::sqrt(static_cast<double>(allowed.pixels().total()) / static_cast<double>(mask.pixels().total()));
  const auto box = mask.box(), room = allowed.box();
  const double longest = scale * std::max(box.width, box.height),
               space = std::hypot(room.width, room.height);  // it may be turned
  const double area = scale * scale * mask.area() / (kLargestShare * allowed.area());
  return std::min(1.0, space / longest) * std::min(1.0, 1 / area);
}

PlacedMask place(const TemplateLibrary& library, int category, const Mask& allowed, const PlaceConfig& config,
                 Rng& rng) {
  const auto& clusters = library.clusters(category);
  if (clusters.empty()) {
    std::string known;
    for (const int c : library.categories())
      known += (known.empty() ? "" : ", ") + sets::Taxonomy::standard().name(c);
    throw InputError("the mask library has no mask of category ", category, " (",
                     sets::Taxonomy::standard().name(category), "); it has ", known);
  }
  if (allowed.is_empty()) throw InputError("no place to put a mask: the allowed region is empty");

  // A cluster: as likely as its masks are many and as they fit.
  std::vector<double> fits, weights;
  for (const auto& members : clusters) {
    const auto typical = std::find_if(members.begin(), members.end(),
                                      [&](std::size_t i) { return library.members()[i].is_typical; });
    fits.push_back(typical == members.end() ? 0 : fit_of(library.members()[*typical], allowed));
  }
  const double best = *std::max_element(fits.begin(), fits.end());
  for (std::size_t k = 0; k < clusters.size(); ++k) {
    const bool is_out = fits[k] < std::min(config.least_fit, best);
    const double count = config.pick == "even" ? 1 : static_cast<double>(clusters[k].size());
    weights.push_back(is_out || clusters[k].empty() ? 0 : count * fits[k]);
  }
  double at = rng.uniform() * std::accumulate(weights.begin(), weights.end(), 0.0);
  std::size_t chosen = 0;
  while (chosen + 1 < weights.size() && (weights[chosen] == 0 || (at -= weights[chosen]) >= 0)) ++chosen;
  while (weights[chosen] == 0 && chosen > 0) --chosen;  // rounding at the end

  // One of its masks, turned and placed; away from the border unless it was at one.
  PlacedMask out;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    out.member = rng.pick(clusters[chosen]);
    const auto& member = library.members()[out.member];
    out.mask = laid(member.mask(), allowed, config.placing, rng);
    const auto box = out.mask.box();
    const bool touches =
        box.x == 0 || box.y == 0 || box.br().x == out.mask.width() || box.br().y == out.mask.height();
    if (!touches || member.touches_border || config.may_touch_border) break;
  }
  return out;
}

}  // namespace unidg::dataset::templates
