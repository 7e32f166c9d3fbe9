#include "unidg/preparation/pairs.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "unidg/editing/collage.h"
#include "unidg/editing/likeness.h"
#include "unidg/preparation/scaling.h"

namespace unidg::preparation {
namespace {

// The whole mask, or one of its larger connected parts.
cv::Mat choose_part(const cv::Mat& mask, Rng& rng) {
  cv::Mat labels, stats, centroids;
  const int count = cv::connectedComponentsWithStats(mask, labels, stats, centroids, 8, CV_32S);
  if (count <= 2 || rng.chance(0.35)) return mask.clone();
  std::vector<int> large;
  for (int i = 1; i < count; ++i)
    if (stats.at<int>(i, cv::CC_STAT_AREA) >= 12) large.push_back(i);
  if (large.empty()) return mask.clone();
  return labels == rng.pick(large);
}

// A square inside the picture that holds `box`.
cv::Rect choose_window(const cv::Rect& box, const cv::Size& frame, Rng& rng) {
  const int longest = std::max(box.width, box.height);
  const int limit = std::min(frame.width, frame.height);
  const int wanted = static_cast<int>(longest * rng.uniform(1.25, 3.0)) + 8;
  const int side = std::min(limit, std::max({wanted, 48, longest}));
  const auto place = [&](int low, int extent, int frame_extent) {
    const int first = std::max(0, low + extent - side), last = std::min(low, frame_extent - side);
    return last <= first ? std::clamp(low + extent / 2 - side / 2, 0, std::max(0, frame_extent - side))
                         : first + static_cast<int>(rng.integer(last - first + 1));
  };
  return {place(box.x, box.width, frame.width), place(box.y, box.height, frame.height), side, side};
}

}  // namespace

cv::Mat scaled(const cv::Mat& picture, int size) {
  cv::Mat out;
  cv::resize(picture, out, {size, size}, 0, 0, picture.cols > size ? cv::INTER_AREA : cv::INTER_LINEAR);
  return out;
}

cv::Mat scaled_mask(const cv::Mat& mask, int size) {
  cv::Mat out;
  cv::resize(mask, out, {size, size}, 0, 0, mask.cols > size ? cv::INTER_AREA : cv::INTER_LINEAR);
  return mask.cols > size ? out > 40 : out > 127;
}

std::optional<cv::Mat> clone_clean_part(const cv::Mat& picture, const cv::Mat& mask,
                                        const cv::Mat& all_defects, Rng& rng) {
  const cv::Rect box = cv::boundingRect(mask);
  for (int attempt = 0; attempt < 24; ++attempt) {
    if (box.width >= picture.cols || box.height >= picture.rows) return std::nullopt;
    const cv::Rect from(static_cast<int>(rng.integer(picture.cols - box.width + 1)),
                        static_cast<int>(rng.integer(picture.rows - box.height + 1)), box.width, box.height);
    if (cv::countNonZero(all_defects(from) & mask(box)) > 0) continue;
    cv::Mat alpha, part, out;
    cv::GaussianBlur(mask, alpha, {7, 7}, 0);
    alpha.setTo(255, mask);
    picture.convertTo(out, CV_32FC3);
    picture(from).convertTo(part, CV_32FC3);
    // The clean part takes the tone that surrounds the hole.
    cv::Mat ring;
    cv::dilate(mask, ring, cv::Mat(), {-1, -1}, 5);
    ring.setTo(0, all_defects);
    if (cv::countNonZero(ring) > 0) part += cv::mean(picture, ring) - cv::mean(picture(from), mask(box));
    for (int y = 0; y < box.height; ++y)
      for (int x = 0; x < box.width; ++x) {
        const float a = static_cast<float>(alpha.at<uchar>(box.y + y, box.x + x)) / 255.0f;
        auto& pixel = out.at<cv::Vec3f>(box.y + y, box.x + x);
        pixel = pixel * (1 - a) + part.at<cv::Vec3f>(y, x) * a;
      }
    cv::Mat bytes;
    out.convertTo(bytes, CV_8UC3);
    return bytes;
  }
  return std::nullopt;
}

MaskedImage jitter(const MaskedImage& picture, Rng& rng) {
  cv::Mat out;
  const double gain = rng.uniform(0.75, 1.3), offset = rng.uniform(-25, 25);
  picture.image.rgb8().convertTo(out, CV_32FC3, gain, offset);
  if (rng.chance(0.5)) out += cv::Scalar(rng.uniform(-15, 15), rng.uniform(-15, 15), rng.uniform(-15, 15));
  if (rng.chance(0.3)) cv::GaussianBlur(out, out, {0, 0}, rng.uniform(0.4, 1.2));
  cv::Mat bytes;
  out.convertTo(bytes, CV_8UC3);
  return {Image(bytes), picture.mask};
}

std::optional<Pair> make_pair(const MaskedImage& abnormal, const std::optional<Image>& normal,
                              const MaskedImage& reference, int size, Rng& rng) {
  const cv::Mat photo = abnormal.image.rgb8();
  const cv::Mat part = choose_part(abnormal.mask.pixels(), rng);
  if (cv::countNonZero(part) < 6) return std::nullopt;
  const cv::Rect window = choose_window(cv::boundingRect(part), photo.size(), rng);
  if (window.width < 24) return std::nullopt;

  Pair pair;
  pair.target = scaled(photo(window), size);
  const cv::Mat asked = scaled_mask(part(window), size);
  cv::dilate(asked, pair.mask, cv::Mat::ones(3, 3, CV_8UC1), {-1, -1}, 1 + static_cast<int>(rng.integer(4)));
  const double share = cv::countNonZero(pair.mask) / static_cast<double>(size * size);
  if (cv::countNonZero(asked) < 10 || share > 0.75) return std::nullopt;

  // What lies under the defect: the true normal, a clean part of the same texture, or a smooth fill.
  std::string underlay = "smooth";
  cv::Mat scene = pair.target;
  if (normal) {
    scene = scaled(normal->rgb8()(window), size);
    underlay = rng.chance(0.8) ? "source" : "smooth";
  } else if (rng.chance(0.5)) {
    const cv::Mat defects = scaled_mask(abnormal.mask.pixels()(window), size);
    if (auto clean = clone_clean_part(pair.target, pair.mask, defects | pair.mask, rng)) {
      scene = *clean;
      underlay = "source";
    }
  }
  editing::EditingConfig config;
  config.size = size;
  pair.reference = editing::crop_reference(reference, config).image;
  const auto collage = editing::make_collage(reference, scene, asked, pair.mask, underlay, "auto",
                                             editing::compare_pictures(reference.image.rgb8(), photo));
  pair.target.copyTo(pair.collage);
  collage.image.copyTo(pair.collage, pair.mask);  // outside the used mask the pair agrees
  return pair;
}

}  // namespace unidg::preparation
