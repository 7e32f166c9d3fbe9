#include "unidg/image/tensor.h"

#include <opencv2/imgproc.hpp>

#include "unidg/core/error.h"

namespace unidg {

torch::Tensor to_tensor(const cv::Mat& pixels) {
  if (pixels.type() != CV_8UC3 && pixels.type() != CV_32FC3)
    throw Error("to_tensor: OpenCV type ", pixels.type(), " (expected CV_8UC3 or CV_32FC3)");
  cv::Mat scaled;
  pixels.convertTo(scaled, CV_32FC3, 1.0 / 127.5, -1.0);  // a new, continuous matrix
  return torch::from_blob(scaled.data, {scaled.rows, scaled.cols, 3}, torch::kFloat32)
      .permute({2, 0, 1})
      .clone(torch::MemoryFormat::Contiguous);
}

torch::Tensor mask_to_tensor(const cv::Mat& mask) {
  if (mask.type() != CV_8UC1) throw Error("mask_to_tensor: OpenCV type ", mask.type(), " (expected CV_8UC1)");
  cv::Mat ones, values;
  cv::threshold(mask, ones, 127, 1, cv::THRESH_BINARY);
  ones.convertTo(values, CV_32FC1);
  return torch::from_blob(values.data, {1, values.rows, values.cols}, torch::kFloat32).clone();
}

cv::Mat to_pixels(const torch::Tensor& image) {
  const auto chw = image.dim() == 4 && image.size(0) == 1 ? image[0] : image;
  if (chw.dim() != 3 || chw.size(0) != 3)
    throw Error("to_pixels: a tensor of shape ", image.sizes(), " (expected [3, H, W] or [1, 3, H, W])");
  const auto hwc = chw.detach()
                       .to(torch::kCPU, torch::kFloat32)
                       .permute({1, 2, 0})
                       .add(1)
                       .mul(127.5)
                       .clamp(0, 255)
                       .contiguous();
  return cv::Mat(static_cast<int>(hwc.size(0)), static_cast<int>(hwc.size(1)), CV_32FC3,
                 hwc.data_ptr<float>())
      .clone();
}

}  // namespace unidg
