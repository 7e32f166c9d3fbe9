#include "unidg/procedural/procedural.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"
#include "unidg/core/names.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/noise.h"
#include "unidg/procedural/defects.h"
#include "unidg/procedural/products.h"

namespace unidg::procedural {
namespace {

constexpr float kVisible = 5;  ///< display steps, before noise: less is no defect
constexpr double kClear = 11;  ///< mean change that makes a defect easy to see
constexpr int kTries = 8;

/// The products of a name: one, or the members of a family ("metal": metal_plate and metal_disc), or all for
/// "".
std::vector<const Product*> find_products(const std::string& name) {
  std::vector<const Product*> out;
  for (const auto& product : catalogue())
    if (product.name == name) return {&product};
  for (const auto& product : catalogue())
    if (name.empty() || product.name.substr(0, product.name.find('_')) == name) out.push_back(&product);
  if (!out.empty()) return out;
  std::string list;
  for (const auto& known : products()) list += (list.empty() ? "" : ", ") + known;
  const std::string near = closest(name, products());
  throw UsageError("unknown product '", name, "'", near.empty() ? "" : ", did you mean '" + near + "'",
                   "; known: ", list);
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// One of them by the seed; where a defect is asked for, one that it suits if there is any.
const Product& choose(const std::string& name, const std::string& defect, Rng& rng) {
  const auto found = find_products(name);
  std::vector<const Product*> suited;
  for (const auto* product : found)
    if (defect.empty() || contains(product->defects, defect)) suited.push_back(product);
  return *rng.pick(suited.empty() ? found : suited);
}

void check_size(int width, int height) {
  if (std::min(width, height) < 32 || std::max(width, height) > 4096)
    throw UsageError("a drawing of ", width, "x", height,
                     " pixels was asked for; sides from 32 to 4096 are possible");
}

/// A specimen under its light, as the camera sees it before noise.
struct Scene {
  Surface surface;
  Light light;
  cv::Mat photo;
};

Scene photograph(const Product& product, cv::Size frame, std::uint64_t seed) {
  Rng shape(seed, "procedural/product/" + product.name), lamp(seed, "procedural/light/" + product.name);
  Scene out;
  out.surface = product.draw(frame, shape);
  out.light = random_light(lamp);
  out.photo = shade(out.surface, out.light, cv::Rect({0, 0}, frame));
  return out;
}

Image developed(const cv::Mat& photo, const Light& light, std::uint64_t seed, const char* stream) {
  Rng rng(seed, stream);
  return Image(expose(photo, light, dataset::white_noise({3 * photo.cols, photo.rows}, rng)));
}

/// Fills what the outline encloses, as a person would mark it, unless the enclosed part is a large intact
/// area.
void fill_gaps(cv::Mat& mask) {
  std::vector<std::vector<cv::Point>> contours;
  std::vector<cv::Vec4i> tree;
  cv::findContours(mask.clone(), contours, tree, cv::RETR_CCOMP, cv::CHAIN_APPROX_NONE);
  const double limit = 0.3 * cv::countNonZero(mask);
  for (std::size_t i = 0; i < contours.size(); ++i)
    if (tree[i][3] >= 0 && cv::contourArea(contours[i]) < limit)
      cv::drawContours(mask, contours, static_cast<int>(i), 255, cv::FILLED);
}

/// Specks of one or two pixels are no part of the defect.
void drop_specks(cv::Mat& mask, int smallest) {
  cv::Mat labels, stats, centroids;
  const int count = cv::connectedComponentsWithStats(mask, labels, stats, centroids, 8);
  for (int i = 1; i < count; ++i)
    if (stats.at<int>(i, cv::CC_STAT_AREA) < smallest) mask.setTo(0, labels == i);
}

/// Where two photographs differ visibly, closed.
cv::Mat changed(const cv::Mat& before, const cv::Mat& after, int closing) {
  cv::Mat mask(before.size(), CV_8UC1);
  for (int y = 0; y < mask.rows; ++y) {
    const auto* a = before.ptr<cv::Vec3f>(y);
    const auto* b = after.ptr<cv::Vec3f>(y);
    auto* out = mask.ptr<std::uint8_t>(y);
    for (int x = 0; x < mask.cols; ++x)
      out[x] = std::max({std::abs(a[x][0] - b[x][0]), std::abs(a[x][1] - b[x][1]),
                         std::abs(a[x][2] - b[x][2])}) > kVisible
                   ? 255
                   : 0;
  }
  const int kernel = 2 * closing + 1;
  cv::morphologyEx(mask, mask, cv::MORPH_CLOSE,
                   cv::getStructuringElement(cv::MORPH_ELLIPSE, {kernel, kernel}));
  fill_gaps(mask);
  drop_specks(mask, 2 + 2 * closing);
  return mask;
}

double mean_change(const cv::Mat& before, const cv::Mat& after, const cv::Mat& mask) {
  cv::Mat difference;
  cv::absdiff(before, after, difference);
  const cv::Scalar mean = cv::mean(difference, mask);
  return std::max({mean[0], mean[1], mean[2]});
}

}  // namespace

std::vector<std::string> products() {
  std::vector<std::string> out;
  for (const auto& product : catalogue()) out.push_back(product.name);
  return out;
}

std::vector<std::string> members(const std::string& product) {
  std::vector<std::string> out;
  for (const auto* member : find_products(product)) out.push_back(member->name);
  return out;
}

std::vector<std::string> defects(const std::string& product) {
  std::vector<std::string> out;
  for (const auto* member : find_products(product))
    for (const auto& defect : member->defects)
      if (!contains(out, defect)) out.push_back(defect);
  return out;
}

Image draw_product(const std::string& product, int width, int height, std::uint64_t seed) {
  check_size(width, height);
  Rng choice(seed, "procedural/choice");
  const Product& chosen = choose(product, "", choice);
  const Scene scene = photograph(chosen, {width, height}, seed);
  return developed(scene.photo, scene.light, seed, "procedural/noise");
}

Quadruplet draw(const std::string& product, const std::string& defect, int width, int height,
                std::uint64_t seed) {
  check_size(width, height);
  Rng choice(seed, "procedural/choice");
  const Product& chosen = choose(product, defect, choice);
  const std::string type = defect.empty() ? choice.pick(chosen.defects) : defect;
  const DefectPainter paint = defect_painter(type);
  const Scene scene = photograph(chosen, {width, height}, seed);

  // Hurt the surface until the photograph shows it; every try is stronger than the one before.
  const cv::Rect frame(0, 0, width, height);
  const int closing = std::max(1, std::min(width, height) / 128),
            wanted = std::max(12, width * height / 4000);
  cv::Mat mask = cv::Mat::zeros(frame.size(), CV_8UC1), after = scene.photo.clone();
  double strength = 1;
  for (int attempt = 0; attempt < kTries; ++attempt, strength *= 1.2) {
    Rng rng(seed, text("procedural/defect/", chosen.name, "/", type, "/", attempt));
    Surface hurt = scene.surface.clone();
    const cv::Rect touched = paint(hurt, strength, rng);
    if (touched.area() == 0) continue;
    const int reach = 8 + std::min(width, height) / 16;  // shading looks at neighbours
    const cv::Rect window = cv::Rect(touched.x - reach, touched.y - reach, touched.width + 2 * reach,
                                     touched.height + 2 * reach) &
                            frame;
    const cv::Mat photo = shade(hurt, scene.light, window);
    const cv::Mat difference = changed(scene.photo(window), photo, closing);
    const int area = cv::countNonZero(difference);
    if (area == 0) continue;
    const bool is_clear = area >= wanted && mean_change(scene.photo(window), photo, difference) >= kClear;
    if (!is_clear && attempt + 1 < kTries) continue;
    difference.copyTo(mask(window));
    photo.copyTo(after(window));
    break;
  }
  if (cv::countNonZero(mask) == 0)
    throw UsageError("defect '", type, "' leaves no trace on product '", chosen.name, "' with seed ", seed,
                     "; it suits: ", [&] {
                       std::string list;
                       for (const auto& known : chosen.defects) list += (list.empty() ? "" : ", ") + known;
                       return list;
                     }());

  Quadruplet out;
  out.normal = developed(scene.photo, scene.light, seed, "procedural/noise");
  out.abnormal = out.normal.clone();
  const Image hurt = developed(after, scene.light, seed, "procedural/noise/abnormal");
  hurt.pixels().copyTo(out.abnormal.pixels(), mask);
  out.mask = Mask(mask);
  out.product = chosen.name;
  out.defect = type;
  return out;
}

}  // namespace unidg::procedural
