#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/agents/caption/captioner.h"
#include "unidg/agents/caption/colours.h"
#include "unidg/agents/caption/groups.h"
#include "unidg/dataset/caption.h"
#include "unidg/image/foreground.h"

namespace unidg::agents {
namespace {

constexpr double kMediumContrast = 9, kHighContrast = 25;  // Lab distance from the normal picture
constexpr double kClearRise = 4.2,
                 kBlurryRise = 6;  // pixels over which an edge rises; between them neither is said
constexpr double kMinor = 0.001, kMajor = 0.02;             // severity: visible area x contrast
constexpr double kFineTexture = 2.0, kCoarseTexture = 7.0;  // levels of detail

/// Distance of two pictures in Lab, pixel by pixel. CV_32FC1
cv::Mat lab_distance(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat lab_a, lab_b;
  a.convertTo(lab_a, CV_32FC3, 1.0 / 255);
  b.convertTo(lab_b, CV_32FC3, 1.0 / 255);
  cv::cvtColor(lab_a, lab_a, cv::COLOR_RGB2Lab);
  cv::cvtColor(lab_b, lab_b, cv::COLOR_RGB2Lab);
  const cv::Mat step = lab_a - lab_b;
  cv::Mat planes[3], out;
  cv::split(step, planes);
  cv::sqrt(planes[0].mul(planes[0]) + planes[1].mul(planes[1]) + planes[2].mul(planes[2]), out);
  return out;
}

float quantile(const cv::Mat& values, const cv::Mat& where, double q) {
  std::vector<float> list;
  for (int y = 0; y < values.rows; ++y)
    for (int x = 0; x < values.cols; ++x)
      if (where.at<std::uint8_t>(y, x)) list.push_back(values.at<float>(y, x));
  if (list.empty()) return 0;
  const auto at = list.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(list.size() - 1));
  std::nth_element(list.begin(), at, list.end());
  return *at;
}

double ramp(double low, double high, double x) { return std::clamp((x - low) / (high - low), 0.0, 1.0); }

/// What is visible of a defect: the part of its mask that differs from the normal picture.
struct Visible {
  cv::Mat where;        ///< CV_8UC1, not empty
  double contrast = 0;  ///< mean Lab distance there
  double share = 0;     ///< of the mask
};

Visible visible_part(const cv::Mat& change, const cv::Mat& mask) {
  const float strong = quantile(change, mask, 0.95);
  Visible out{(change > std::max(3.0f, 0.35f * strong)) & mask, 0, 0};
  if (cv::countNonZero(out.where) == 0) out.where = mask.clone();
  out.contrast = cv::mean(change, out.where)[0];
  out.share = static_cast<double>(cv::countNonZero(out.where)) / std::max(1, cv::countNonZero(mask));
  return out;
}

/// Pixels over which the difference rises at the visible part's rim.
double rise_px(const cv::Mat& change, const Visible& visible) {
  cv::Mat smooth, dx, dy, slope, wide, narrow;
  cv::GaussianBlur(change, smooth, {}, 0.7);
  cv::Sobel(smooth, dx, CV_32F, 1, 0, 3, 1.0 / 8);
  cv::Sobel(smooth, dy, CV_32F, 0, 1, 3, 1.0 / 8);
  cv::magnitude(dx, dy, slope);
  cv::dilate(visible.where, wide, cv::Mat::ones(3, 3, CV_8UC1));
  cv::erode(visible.where, narrow, cv::Mat::ones(3, 3, CV_8UC1));
  const double steep = quantile(slope, wide & (narrow == 0), 0.6);
  return visible.contrast / std::max(0.2, steep);
}

/// Only where the word itself says it; a picture from above does not show depth.
std::string depth_by_type(const std::string& type) {
  static const std::vector<std::pair<const char*, std::vector<const char*>>> depths = {
      {"obviously-concave", {"hole", "pothole", "missing"}},
      {"slightly-concave", {"crack", "scratch", "cut", "pitting", "dent", "indentation", "abrasion"}},
      {"slightly-convex", {"bubble", "raised", "polyp", "wrinkle", "fold"}},
      {"flat", {"stain", "discolo", "patches", "spot", "print", "rust"}}};
  for (const auto& [depth, words] : depths)
    for (const auto* word : words)
      if (type.find(word) != std::string::npos) return depth;
  return "";
}

std::string article(const std::string& word) {
  return !word.empty() && std::string("aeiou").find(word.front()) != std::string::npos ? "An " : "A ";
}

std::string spaced(std::string words) {
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words)
    if (!word.empty()) out += (out.empty() ? "" : " ") + word;
  return out;
}

Json describe_defect(const Triplet& t, const cv::Mat& abnormal, const cv::Mat& change, const Mask& part) {
  const auto m = dataset::measure(part);
  const auto visible = visible_part(change, part.pixels());
  const double area = m.area_ratio * visible.share;
  const double weight = area * std::clamp(visible.contrast / kHighContrast, 0.3, 2.0);
  const std::string colour = colour_name(median_colour(abnormal, visible.where));
  const std::string contrast = visible.contrast < kMediumContrast ? "low"
                               : visible.contrast < kHighContrast ? "medium"
                                                                  : "high";
  const double rise = rise_px(change, visible);
  const std::string edge = rise <= kClearRise ? "clear" : rise >= kBlurryRise ? "blurry" : "";
  const std::string severity = weight < kMinor ? "tiny" : weight < kMajor ? "minor" : "major";
  const std::string type = spaced(t.type);
  const auto words = joined({m.size, m.direction, colour, type.empty() ? "defect" : type});
  return {{"type", type},
          {"shape", m.shape},
          {"direction", m.direction},
          {"contrast", contrast},
          {"color", colour},
          {"material", ""},
          {"size", m.size},
          {"width", m.width},
          {"depth", depth_by_type(type)},
          {"edge", edge},
          {"severity", severity},
          {"location", m.location},
          {"summary", text(article(words), words, " of ", contrast, " contrast at ", m.location,
                           edge.empty() ? "." : ", " + edge + " edge.")}};
}

std::string texture_words(const cv::Mat& picture, const cv::Mat& where) {
  cv::Mat grey, smooth, detail;
  cv::cvtColor(picture, grey, cv::COLOR_RGB2GRAY);
  cv::GaussianBlur(grey, smooth, {}, 2);
  cv::absdiff(grey, smooth, detail);
  const double level = cv::mean(detail, where)[0];
  return level < kFineTexture ? "smooth" : level < kCoarseTexture ? "fine-textured" : "coarse-textured";
}

}  // namespace

Candidate MeasuringCaptioner::describe(const Triplet& t) {
  check_triplet(t);
  const cv::Mat abnormal = t.abnormal.rgb8(), normal = t.normal.rgb8();
  const auto change = lab_distance(abnormal, normal);

  // Image and object, from the normal picture.
  const auto product = foreground(t.normal);
  const cv::Mat behind = product.pixels() == 0;
  const bool fills = product.area_ratio() > 0.97;
  const std::string object = spaced(t.object);
  const std::string colour = colour_name(median_colour(normal, product.pixels()));
  const std::string background =
      fills ? "none, the surface fills the frame"
            : joined({texture_words(normal, behind) == "smooth" ? "plain" : "textured",
                      colour_name(median_colour(normal, behind))});
  const std::string texture = texture_words(normal, product.pixels());
  const auto outline = dataset::measure(product);
  const std::string shape = fills ? "fills the frame" : outline.shape;

  // One entry a defect.
  Json defects = Json::array();
  std::string all;
  for (const auto& part : defect_groups(t.mask)) {
    defects.push_back(describe_defect(t, abnormal, change, part));
    all += " " + defects.back()["summary"].get<std::string>();
  }

  // Sure of itself where the defect is visible against what differs outside it.
  const auto visible = visible_part(change, t.mask.pixels());
  const double noise = quantile(change, cv::Mat(t.mask.pixels() == 0), 0.9);
  const double clarity = std::min(ramp(1.0, 6.0, visible.contrast - noise), ramp(0.0, 0.05, visible.share));
  Candidate out{nullptr, 0.6 + 0.38 * clarity, name(), name(), ""};
  const auto product_words = joined({texture, colour, object.empty() ? "surface" : object});
  out.caption = {{"image-level", {{{"foreground-object", object}, {"background", background}}}},
                 {"foreground-object-level",
                  {{{"viewpoint", ""},
                    {"material", ""},
                    {"texture", texture},
                    {"structure", ""},
                    {"color", colour},
                    {"shape", shape},
                    {"summary", text(article(product_words), product_words, ".")}}}},
                 {"defect-level", defects},
                 {"summary", text(article(product_words), product_words, " with ", defects.size(),
                                  defects.size() == 1 ? " defect." : " defects.", all)}};
  return out;
}

}  // namespace unidg::agents
