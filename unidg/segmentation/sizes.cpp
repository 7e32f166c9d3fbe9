#include "unidg/segmentation/sizes.h"

#include <cstring>

#include "unidg/image/pillow_resize.h"

namespace unidg::segmentation {

using torch::Tensor;

Tensor sam2_pixels(const Image& image, int side) {
  const auto square = pillow_resize(image.rgb8(), side, side, PillowFilter::Bilinear);
  const auto bytes = torch::from_blob(square.data, {side, side, 3}, torch::kUInt8);
  const auto mean = 255 * torch::tensor({0.485f, 0.456f, 0.406f});
  const auto deviation = 255 * torch::tensor({0.229f, 0.224f, 0.225f});
  const auto normalised = (bytes.to(torch::kFloat32) - mean) / deviation;
  return normalised.permute({2, 0, 1}).unsqueeze(0).contiguous();
}

Tensor at_picture_size(const Tensor& masks, cv::Size size) {
  auto shape = masks.sizes().vec();
  const auto maps = masks.reshape({1, -1, shape[shape.size() - 2], shape.back()});
  const auto resized = torch::upsample_bilinear2d(maps, {size.height, size.width}, /*align_corners=*/false);
  shape[shape.size() - 2] = size.height;
  shape.back() = size.width;
  return resized.view(shape);
}

Mask inside(const Tensor& logits) {
  const auto bytes = ((logits > 0).to(torch::kUInt8) * 255).to(torch::kCPU).contiguous();
  cv::Mat pixels(static_cast<int>(bytes.size(0)), static_cast<int>(bytes.size(1)), CV_8UC1);
  std::memcpy(pixels.data, bytes.data_ptr<std::uint8_t>(), static_cast<std::size_t>(bytes.numel()));
  return Mask(pixels);
}

}  // namespace unidg::segmentation
