#include "unidg/evaluation/downstream/prepared.h"

#include <map>
#include <opencv2/imgproc.hpp>

namespace unidg::evaluation {
namespace {

cv::Mat resized(const cv::Mat& picture, int size) {
  cv::Mat out;
  const bool shrinks = picture.total() > static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  cv::resize(picture, out, {size, size}, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  return out;
}

torch::Tensor bytes_of(const cv::Mat& picture, std::vector<std::int64_t> shape) {
  return torch::from_blob(picture.data, shape, torch::kUInt8).clone();
}

}  // namespace

torch::Tensor network_pixels(const cv::Mat& image, int size) {
  return bytes_of(resized(image, size), {size, size, 3});
}

cv::Mat network_mask(const cv::Mat& mask, int size, double share) {
  if (mask.empty()) return cv::Mat::zeros(size, size, CV_8UC1);
  cv::Mat covered;
  cv::Mat(mask > 127).convertTo(covered, CV_32F, 1 / 255.0);
  covered = resized(covered, size);
  double largest = 0;
  cv::minMaxLoc(covered, nullptr, &largest);
  if (largest > 0 && largest <= share) return covered >= largest;
  return covered > share;
}

torch::Tensor network_input(const torch::Tensor& pixels, torch::Device device) {
  return pixels.to(device).permute({0, 3, 1, 2}).to(torch::kFloat32).div_(255);
}

torch::Tensor standardised(const torch::Tensor& x) {
  const auto mean = x.mean({1, 2, 3}, true), deviation = x.std({1, 2, 3}, false, true);
  return (x - mean) / deviation.clamp_min(1e-3);
}

std::size_t SegmentationSet::add(const cv::Mat& image, const cv::Mat& mask, int mask_class) {
  pixels_.push_back(network_pixels(image, size_));
  const auto defect = network_mask(mask, size_, mask_share_);
  classes_.push_back(bytes_of(defect, {size_, size_}).ne(0).to(torch::kUInt8).mul_(mask_class));
  return pixels_.size() - 1;
}

void SegmentationSet::add(const TrainingSet& set, const std::vector<int>& class_of_label) {
  auto& good = good_.emplace_back();
  for (const auto& sample : set.good) good.push_back(add(sample.image, {}, 0));
  std::map<int, std::vector<std::size_t>> by_label;
  for (const auto& sample : set.defective)
    by_label[sample.label].push_back(
        add(sample.image, sample.mask, class_of_label.at(static_cast<std::size_t>(sample.label))));
  for (auto& [label, indices] : by_label) defective_.push_back(std::move(indices));
}

SegmentationSet::Batch SegmentationSet::draw(std::int64_t count, double good_share, Rng& rng) const {
  std::vector<torch::Tensor> pixels, classes;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto index = rng.pick(rng.pick(rng.chance(good_share) ? good_ : defective_));
    pixels.push_back(pixels_[index]);
    classes.push_back(classes_[index]);
  }
  return {torch::stack(pixels), torch::stack(classes)};
}

}  // namespace unidg::evaluation
