#include "unidg/editing/continuity.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace unidg::editing {
namespace {

constexpr double kSide = 80;         // pixels of the canvas on which surroundings are compared
constexpr double kRingShare = 0.35;  // width of the ring / the region's longer side
constexpr double kShift = 0.2;       // farthest move / the region's longer side
constexpr double kUncovered = 0.15;  // of the region asked for, that a move may uncover
constexpr double kCovered = 0.8;     // of it, that the defect has to cover for its surface to come along
constexpr double kWorth = 0.85;      // of the difference of the fit as it was: above, it stays
constexpr double kAgrees = 0.5;      // of the ring's own spread: below, the surroundings go on
constexpr double kLeastSeen = 0.5;   // share of the ring that the reference has to show
constexpr double kTurnedCost = 0.1;  // of the difference, added for half a turn
constexpr int kTurnStep = 15, kFineTurn = 5;  // degrees
constexpr std::size_t kTurnsKept = 3;

/// Without its finest grain, which moving by parts of a pixel would smooth and so let look alike.
cv::Mat softened(const cv::Mat& picture) {
  cv::Mat out;
  picture.convertTo(out, CV_32FC3);
  cv::GaussianBlur(out, out, {}, 1.2);
  return out;
}

/// A crop of the scene around the region asked for, small.
struct Canvas {
  cv::Mat scene, ring, asked;  ///< CV_32FC3, CV_8UC1, CV_8UC1
  cv::Matx33d to_target;       ///< canvas pixel -> target pixel
  double longer = 0;           ///< side of the region's box, canvas pixels
  cv::Point2d centre;          ///< of the region, canvas pixels
};

cv::Mat band(const cv::Mat& mask, double from, double to) {
  cv::Mat distance;
  cv::distanceTransform(mask == 0, distance, cv::DIST_L2, 3);
  return (distance > from) & (distance <= to);
}

Canvas canvas_of(const cv::Mat& target, const cv::Mat& asked) {
  const auto box = cv::boundingRect(asked);
  const int margin = 4 + cvRound(kRingShare * std::max(box.width, box.height));
  const cv::Rect wide =
      cv::Rect(box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin) &
      cv::Rect({0, 0}, asked.size());
  const double scale = std::min(1.0, kSide / std::max(wide.width, wide.height));
  const cv::Size size(std::max(1, cvRound(wide.width * scale)), std::max(1, cvRound(wide.height * scale)));
  const double fx = static_cast<double>(wide.width) / size.width,
               fy = static_cast<double>(wide.height) / size.height;
  Canvas out;
  cv::Mat small;
  cv::resize(target(wide), small, size, 0, 0, cv::INTER_AREA);
  out.scene = softened(small);
  cv::resize(asked(wide), out.asked, size, 0, 0, cv::INTER_AREA);
  out.asked = out.asked > 100;
  out.longer = std::max(box.width / fx, box.height / fy);
  out.ring = band(out.asked, 1.5, std::max(3.0, kRingShare * out.longer));
  // The canvas pixel (x, y) shows the target at ((x + 0.5) f - 0.5 + offset).
  out.to_target = {fx, 0, 0.5 * fx - 0.5 + wide.x, 0, fy, 0.5 * fy - 0.5 + wide.y, 0, 0, 1};
  const auto m = cv::moments(out.asked, true);
  if (m.m00 > 0) out.centre = {m.m10 / m.m00, m.m01 / m.m00};
  return out;
}

/// A move about the region's centre on the canvas.
struct Move {
  double degrees = 0, dx = 0, dy = 0;
  double cost = 1e9;
  bool is_none() const { return degrees == 0 && dx == 0 && dy == 0; }
};

class Search {
 public:
  Search(const Fit& fit, const cv::Mat& reference, const cv::Mat& mask, const cv::Mat& target,
         const cv::Mat& asked)
      : canvas_(canvas_of(target, asked)) {
    // The reference at the canvas' scale, so that warping does not alias.
    const cv::Matx33d back = widened(inverse(fit.to_target)) * canvas_.to_target;  // canvas -> reference
    const double per_pixel = std::sqrt(std::abs(back(0, 0) * back(1, 1) - back(0, 1) * back(1, 0)));
    cv::Mat small = reference, small_mask = mask;
    double fx = 1, fy = 1;
    if (per_pixel > 1) {
      const cv::Size size(std::max(1, cvRound(reference.cols / per_pixel)),
                          std::max(1, cvRound(reference.rows / per_pixel)));
      cv::resize(reference, small, size, 0, 0, cv::INTER_AREA);
      cv::resize(mask, small_mask, size, 0, 0, cv::INTER_AREA);
      fx = static_cast<double>(reference.cols) / size.width;
      fy = static_cast<double>(reference.rows) / size.height;
    }
    reference_ = softened(small);
    covers_ = small_mask > 100;
    cv::Mat near_defect;
    cv::dilate(small_mask > 0, near_defect, {});
    shows_ = near_defect == 0;
    const cv::Matx33d shrink(1 / fx, 0, (0.5 / fx - 0.5), 0, 1 / fy, (0.5 / fy - 0.5), 0, 0, 1);
    to_reference_ = shrink * back;
    asked_ = std::max(1, cv::countNonZero(canvas_.asked));
    covered_ = coverage(canvas_matrix({}));
    base_ = tried({});
  }

  bool can_tell() const { return canvas_.centre != cv::Point2d() && base_.cost < 1e8; }
  double longer() const { return canvas_.longer; }
  bool is_covered() const { return covered_ >= kCovered * asked_; }
  /// Mean difference of the ring from its own mean: what a plain surface would differ by.
  double spread() const {
    const cv::Mat difference = cv::abs(canvas_.scene - cv::mean(canvas_.scene, canvas_.ring));
    const auto mean = cv::mean(difference, canvas_.ring);
    return (mean[0] + mean[1] + mean[2]) / 3;
  }
  const Move& base() const { return base_; }

  /// The move with its cost: the mean difference of the surroundings, 1e9 where it cannot be.
  Move tried(Move move) const {
    move.cost = 1e9;
    const auto affine = canvas_matrix(move);
    const int covered = coverage(affine);
    if (!move.is_none() && (covered < covered_ - kUncovered * asked_ || covered < kCovered * asked_))
      return move;
    cv::Mat laid, shown;
    cv::warpAffine(shows_, shown, affine, canvas_.scene.size(), cv::INTER_NEAREST | cv::WARP_INVERSE_MAP);
    shown &= canvas_.ring;
    const int seen = cv::countNonZero(shown);
    if (seen < 40 || seen < kLeastSeen * cv::countNonZero(canvas_.ring)) return move;
    cv::warpAffine(reference_, laid, affine, canvas_.scene.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                   cv::BORDER_REPLICATE);
    cv::Mat difference = laid - canvas_.scene;
    difference = cv::abs(difference - cv::mean(difference, shown));
    const auto mean = cv::mean(difference, shown);
    const double turned = std::abs(std::remainder(move.degrees, 360.0)) / 180;
    move.cost = (mean[0] + mean[1] + mean[2]) / 3 * (1 + kTurnedCost * turned);
    return move;
  }

  /// `fit` followed by the move.
  Fit moved(Fit fit, const Move& move) const {
    const cv::Matx33d on_target = canvas_.to_target * undo(move).inv() * canvas_.to_target.inv();
    const cv::Matx33d whole = on_target * widened(fit.to_target);
    fit.to_target = {whole(0, 0), whole(0, 1), whole(0, 2), whole(1, 0), whole(1, 1), whole(1, 2)};
    return fit;
  }

 private:
  static cv::Matx33d widened(const cv::Matx23d& m) {
    return {m(0, 0), m(0, 1), m(0, 2), m(1, 0), m(1, 1), m(1, 2), 0, 0, 1};
  }
  static cv::Matx23d inverse(const cv::Matx23d& m) {
    cv::Matx23d out;
    cv::invertAffineTransform(m, out);
    return out;
  }
  /// Canvas pixel after the move -> pixel of reference_.
  cv::Matx23d canvas_matrix(const Move& move) const {
    const cv::Matx33d map = to_reference_ * undo(move);
    return {map(0, 0), map(0, 1), map(0, 2), map(1, 0), map(1, 1), map(1, 2)};
  }
  /// Pixels of the region asked for that the reference's region covers.
  int coverage(const cv::Matx23d& affine) const {
    cv::Mat covered;
    cv::warpAffine(covers_, covered, affine, canvas_.scene.size(), cv::INTER_NEAREST | cv::WARP_INVERSE_MAP);
    return cv::countNonZero(covered & canvas_.asked);
  }
  /// Canvas pixel after the move -> before it.
  cv::Matx33d undo(const Move& move) const {
    const double angle = move.degrees * std::numbers::pi / 180, c = std::cos(angle), s = std::sin(angle);
    const auto& o = canvas_.centre;
    const double x = o.x + move.dx, y = o.y + move.dy;
    return {c, s, o.x - c * x - s * y, -s, c, o.y + s * x - c * y, 0, 0, 1};
  }

  Canvas canvas_;
  cv::Mat reference_, shows_, covers_;  ///< the reference; where it shows its surface; where its defect is
  cv::Matx33d to_reference_;            ///< canvas pixel -> pixel of reference_, without a move
  int asked_ = 1, covered_ = 0;         ///< pixels of the region; of them covered by the fit as it is
  Move base_;
};

void keep_best(std::vector<Move>& moves, std::size_t count) {
  std::sort(moves.begin(), moves.end(), [](const Move& a, const Move& b) { return a.cost < b.cost; });
  if (moves.size() > count) moves.resize(count);
}

}  // namespace

Continued continuous_fit(const Fit& fit, const cv::Mat& reference, const cv::Mat& mask, const cv::Mat& target,
                         const cv::Mat& asked) {
  const Search search(fit, reference, mask, target, asked);
  if (!search.can_tell()) return {fit};
  std::vector<Move> moves = {search.base()};
  for (int degrees = kTurnStep; degrees < 360; degrees += kTurnStep)
    moves.push_back(search.tried({static_cast<double>(degrees)}));
  keep_best(moves, kTurnsKept);
  const double reach = kShift * search.longer();
  for (double step = reach / 2; step >= 0.6; step /= 2) {
    std::vector<Move> next = moves;
    for (const auto& m : moves)
      for (int turn = -1; turn <= 1; ++turn)
        for (int y = -1; y <= 1; ++y)
          for (int x = -1; x <= 1; ++x) {
            const Move move{m.degrees + turn * kFineTurn * step / (reach / 2), m.dx + x * step,
                            m.dy + y * step};
            if (turn || x || y) next.push_back(search.tried(move));
          }
    moves = std::move(next);
    keep_best(moves, kTurnsKept);
  }
  const bool moves_on = moves.front().cost < kWorth * search.base().cost;
  const auto& chosen = moves_on ? moves.front() : search.base();
  return {moves_on ? search.moved(fit, chosen) : fit,
          moves_on || (search.is_covered() && chosen.cost < kAgrees * search.spread())};
}

}  // namespace unidg::editing
