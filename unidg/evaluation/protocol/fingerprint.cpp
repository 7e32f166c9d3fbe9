#include "unidg/evaluation/protocol/fingerprint.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unidg/core/torch.h"

namespace unidg::evaluation {
namespace {

constexpr int kSide = 256;          ///< of the compared detail
constexpr float kDetailScale = 64;  ///< steps a grey level
constexpr std::size_t kFewestTypical = 8;

}  // namespace

Fingerprint fingerprint(const Image& image) {
  Fingerprint out{identify(image), {}};
  const cv::Mat grey = grey_at(image.rgb8(), {kSide, kSide});
  cv::Mat blurred;
  cv::GaussianBlur(grey, blurred, {13, 13}, 2.0);
  cv::Mat(grey - blurred).convertTo(out.detail, CV_16S, kDetailScale);
  return out;
}

PhotoIndex::PhotoIndex(const std::vector<Fingerprint>& typical) {
  if (typical.size() < kFewestTypical) return;
  cv::Mat sum = cv::Mat::zeros(kSide, kSide, CV_32F), squares = sum.clone(), detail;
  for (const auto& photo : typical) {
    photo.detail.convertTo(detail, CV_32F, 1 / kDetailScale);
    sum += detail;
    squares += detail.mul(detail);
  }
  const double n = static_cast<double>(typical.size());
  mean_ = sum / n;
  cv::Mat variance = squares / n - mean_.mul(mean_);
  cv::sqrt(cv::max(variance, 0), deviation_);
  // Half the usual deviation more: places where all photos agree (a white ground) would count for too much.
  deviation_ += cv::mean(deviation_)[0] * 0.5 + 1e-3;
}

void PhotoIndex::append_characteristic(const Fingerprint& photo, std::vector<float>& rows) const {
  cv::Mat detail;
  photo.detail.convertTo(detail, CV_32F, 1 / kDetailScale);
  if (!mean_.empty()) detail = (detail - mean_) / deviation_;
  detail -= cv::mean(detail)[0];
  const double length = cv::norm(detail);
  if (length > 1e-6) detail /= length;
  rows.insert(rows.end(), detail.ptr<float>(), detail.ptr<float>() + detail.total());
}

void PhotoIndex::add(const Fingerprint& photo) { append_characteristic(photo, photos_); }

std::size_t PhotoIndex::size() const { return photos_.size() / (kSide * kSide); }

cv::Mat PhotoIndex::similarities(const std::vector<Fingerprint>& queries) const {
  const auto known = static_cast<std::int64_t>(size()), asked = static_cast<std::int64_t>(queries.size());
  cv::Mat out(static_cast<int>(asked), static_cast<int>(known), CV_32F);
  if (asked == 0 || known == 0) return out;
  const torch::NoGradGuard no_gradient;
  std::vector<float> rows;
  for (const auto& query : queries) append_characteristic(query, rows);
  const auto matrix = [](const std::vector<float>& values, std::int64_t count) {
    return torch::from_blob(const_cast<float*>(values.data()), {count, kSide * kSide}, torch::kFloat32);
  };
  torch::from_blob(out.ptr<float>(), {asked, known}, torch::kFloat32)
      .copy_(matrix(rows, asked).mm(matrix(photos_, known).t()));
  return out;
}

std::vector<NearestPhoto> PhotoIndex::nearest(const std::vector<Fingerprint>& queries) const {
  const cv::Mat all = similarities(queries);
  std::vector<NearestPhoto> out(queries.size());
  for (int i = 0; i < all.rows; ++i)
    for (int j = 0; j < all.cols; ++j)
      if (all.at<float>(i, j) > out[static_cast<std::size_t>(i)].similarity)
        out[static_cast<std::size_t>(i)] = {static_cast<std::size_t>(j), all.at<float>(i, j)};
  return out;
}

namespace {

constexpr int kBlockSide = 8;
constexpr std::uint64_t kKept = 4;     ///< one block in four is remembered, chosen by its content
constexpr double kLeastDeviation = 3;  ///< grey levels; flatter blocks repeat by chance

/// Calls `take(hash)` for every block inside `where` that is neither flat nor saturated.
template <typename Take>
void for_each_block(const Image& image, const Mask& where, const Take& take) {
  cv::Mat grey;
  cv::cvtColor(image.rgb8(), grey, cv::COLOR_RGB2GRAY);
  const cv::Rect box = where.box();
  const int half = kBlockSide / 2;
  for (int y = std::max(box.y, half); y < std::min(box.y + box.height, grey.rows - half); ++y) {
    for (int x = std::max(box.x, half); x < std::min(box.x + box.width, grey.cols - half); ++x) {
      if (!where.pixels().at<std::uint8_t>(y, x)) continue;
      std::uint64_t hash = 0xcbf29ce484222325ULL;
      int sum = 0, squares = 0;
      for (int row = 0; row < kBlockSide; ++row) {
        const auto* pixel = grey.ptr<std::uint8_t>(y - half + row) + x - half;
        for (int column = 0; column < kBlockSide; ++column) {
          const int value = pixel[column];
          sum += value, squares += value * value;
          hash = (hash ^ static_cast<std::uint64_t>(value)) * 0x100000001b3ULL;
        }
      }
      hash ^= hash >> 29;
      constexpr double kPixels = kBlockSide * kBlockSide;
      const double mean = sum / kPixels;
      if (hash % kKept == 0 && squares / kPixels - mean * mean >= kLeastDeviation * kLeastDeviation)
        take(hash);
    }
  }
}

}  // namespace

void BlockIndex::add(const Image& image, const Mask& where) {
  for_each_block(image, where, [&](std::uint64_t hash) { owner_.emplace(hash, added_); });
  ++added_;
}

BlockIndex::Hit BlockIndex::most(const Image& image, const Mask& where) const {
  std::vector<int> blocks(added_);
  for_each_block(image, where, [&](std::uint64_t hash) {
    if (const auto found = owner_.find(hash); found != owner_.end()) ++blocks[found->second];
  });
  Hit best;
  for (std::size_t i = 0; i < blocks.size(); ++i)
    if (blocks[i] > best.blocks) best = {i, blocks[i]};
  return best;
}

}  // namespace unidg::evaluation
