#include "unidg/baselines/nsa.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>

#include "unidg/baselines/settings.h"
#include "unidg/image/foreground.h"

namespace unidg::baselines {
namespace {

constexpr int kTries = 50;    // places tried for one patch
constexpr int kPictures = 5;  // whole pictures drawn again for the sake of a visible label
constexpr int kErosion = 3;   // seamlessClone erodes its mask by so many pixels

double share(const cv::Mat& mask) {
  return mask.empty() ? 0 : static_cast<double>(cv::countNonZero(mask)) / static_cast<double>(mask.total());
}

/// The other picture, at the source's size.
struct Donor {
  cv::Mat rgb, product;
};

Donor fitted(const Donor& donor, cv::Size size) {
  if (donor.rgb.size() == size) return donor;
  Donor out;
  cv::resize(donor.rgb, out.rgb, size, 0, 0, cv::INTER_AREA);
  cv::resize(donor.product, out.product, size, 0, 0, cv::INTER_NEAREST);
  return out;
}

/// A region of the donor that shows enough product; the one that shows most when none does.
cv::Rect donor_region(const Donor& donor, cv::Size size, double min_object, Rng& rng) {
  cv::Rect best;
  double most = -1;
  for (int i = 0; i < kTries && most < min_object; ++i) {
    const auto region = random_place(size, donor.rgb.size(), rng);
    const double object = share(donor.product(region));
    if (object > most) best = region, most = object;
  }
  return best;
}

Json with_good(Json settings, const Pictures& good) {
  settings["nsa.good"] = good.identity();
  return settings;
}

cv::Mat resized(const cv::Mat& patch, cv::Size size) {
  cv::Mat out;
  cv::resize(patch, out, size, 0, 0, patch.cols > size.width ? cv::INTER_AREA : cv::INTER_LINEAR);
  return out;
}

}  // namespace

double nsa_scale(const NsaConfig& c, Rng& rng) {
  return std::clamp(c.scale_mean + c.scale_spread * rng.normal(), c.min_scale,
                    std::max(c.min_scale, c.max_scale));
}

Mask nsa_label(const cv::Mat& before, const cv::Mat& after, const cv::Mat& patch, const NsaConfig& c) {
  if (c.label == "patch") return Mask(patch);
  cv::Mat difference, mean;
  cv::absdiff(before, after, difference);
  cv::transform(difference, mean, cv::Matx13f(1 / 3.0f, 1 / 3.0f, 1 / 3.0f));
  // 1 / (1 + exp(-k (d - x0))) > 1/2 is d > x0, whatever k.
  cv::Mat label = (mean > (c.label == "logistic" ? std::max(c.tolerance, c.logistic_x0) : c.tolerance));
  label &= patch;
  cv::medianBlur(label, label, c.median);
  return Mask(label & patch);
}

void clone_into(cv::Mat& image, const cv::Mat& patch, const cv::Rect& place, const cv::Mat& shape,
                bool mixed) {
  // Room around the frame, and a mask that is the shape after seamlessClone has eroded it.
  const int room = kErosion + 3;
  cv::Mat target, source, mask;
  cv::copyMakeBorder(image, target, room, room, room, room, cv::BORDER_REFLECT_101);
  cv::copyMakeBorder(patch, source, room, room, room, room, cv::BORDER_REFLECT_101);
  cv::copyMakeBorder(shape, mask, room, room, room, room, cv::BORDER_CONSTANT, 0);
  cv::dilate(mask, mask, {}, {-1, -1}, kErosion);
  const auto box = cv::boundingRect(mask);  // seamlessClone centres this box
  const cv::Point corner = place.tl() + box.tl();
  cv::Mat blended;
  cv::seamlessClone(source, target, mask, {corner.x + box.width / 2, corner.y + box.height / 2}, blended,
                    mixed ? cv::MIXED_CLONE : cv::NORMAL_CLONE);
  const cv::Rect frame(room, room, image.cols, image.rows);
  blended(frame)(place).copyTo(image(place), shape);
}

Nsa::Nsa(const Config& config, std::shared_ptr<const Pictures> good)
    : Baseline("nsa", with_good(settings_of("nsa", config.nsa, config), *good), config.weak_below),
      config_(config),
      good_(std::move(good)) {}

Painted Nsa::paint(const Request& request, Rng& rng) const {
  const auto& c = config_.nsa;
  const auto source = request.source.rgb8();
  const auto frame = source.size();
  const bool is_given = config_.mask == "given";
  const auto product = foreground(request.source).pixels();
  const auto draw_donor = [&]() -> Donor {
    if (good_->is_empty()) return {source, product};
    const auto picture =
        good_->at(static_cast<std::size_t>(rng.integer(static_cast<std::int64_t>(good_->count()))));
    return fitted({picture.rgb, picture.product}, frame);
  };

  /// One patch into `image`; `where` collects what was pasted.
  const auto paste = [&](cv::Mat& image, cv::Mat& where, const Donor& donor) {
    const double scale = nsa_scale(c, rng);
    cv::Rect place;
    cv::Size cut;
    if (is_given) {
      place = request.mask.box();
      cut = {std::clamp(cvRound(place.width / scale), 1, frame.width),
             std::clamp(cvRound(place.height / scale), 1, frame.height)};
    } else {
      const auto side = [&](int whole) {
        const double half = whole * rng.uniform(c.min_half, std::max(c.min_half, c.max_half));
        return std::clamp(2 * cvRound(half), 4, whole);
      };
      cut = {side(frame.width), side(frame.height)};
    }
    const auto region = donor_region(donor, cut, c.min_object, rng);
    if (!is_given) {
      const cv::Size size(std::clamp(cvRound(cut.width * scale), 4, frame.width),
                          std::clamp(cvRound(cut.height * scale), 4, frame.height));
      const cv::Mat object = resized(donor.product(region), size) > 127;
      double most = -1;
      for (int i = 0; i < kTries && most < c.min_overlap; ++i) {
        const auto candidate = random_place(size, frame, rng);
        const double overlap = static_cast<double>(cv::countNonZero(object & product(candidate))) /
                               std::max(1, cv::countNonZero(object));
        if (overlap > most) place = candidate, most = overlap;
      }
    }
    const cv::Mat shape =
        is_given ? request.mask.pixels()(place).clone() : cv::Mat(place.size(), CV_8UC1, cv::Scalar(255));
    clone_into(image, resized(donor.rgb(region), place.size()), place, shape, c.clone == "mixed");
    where(place).setTo(255, shape);
  };

  const int wanted = is_given ? std::min(c.min_label, request.mask.area() / 2) : c.min_label;
  cv::Mat best;
  Mask label(frame.width, frame.height);
  for (int attempt = 0; attempt < kPictures; ++attempt) {
    cv::Mat image = source.clone(), where = cv::Mat::zeros(frame, CV_8UC1);
    const auto donor = draw_donor();
    paste(image, where, donor);
    for (int i = 1; i < c.max_patches && !is_given; ++i)
      if (rng.chance(0.5)) paste(image, where, donor);
    auto changed = nsa_label(source, image, where, c);
    if (best.empty() || changed.area() > label.area()) best = image, label = std::move(changed);
    if (label.area() >= std::max(1, wanted)) break;
  }
  if (label.is_empty())
    throw InputError(request.id, ": the pasted patches cannot be told from the picture; nsa.tolerance is ",
                     c.tolerance);
  Painted out;
  best.convertTo(out.rgb, CV_32FC3);
  cv::Mat difference;
  cv::absdiff(best, source, difference);
  cv::transform(difference, difference, cv::Matx13f(1, 1, 1));
  cv::Mat changed = (difference > 0) | label.pixels();
  changed.convertTo(out.alpha, CV_32FC1, 1.0 / 255);
  out.label = label;
  return out;
}

}  // namespace unidg::baselines
