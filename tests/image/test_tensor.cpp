#include <gtest/gtest.h>

#include "support/picture_bytes.h"
#include "unidg/core/error.h"
#include "unidg/image/tensor.h"

namespace unidg {
namespace {

using namespace unidg::testing;

TEST(Tensor, HoldsPixelsAsTheNetworksSeeThem) {
  cv::Mat pixels(2, 3, CV_8UC3, cv::Scalar(0, 255, 51));
  pixels.at<cv::Vec3b>(1, 2) = {102, 1, 2};
  const auto tensor = to_tensor(pixels);
  ASSERT_EQ(tensor.sizes(), torch::IntArrayRef({3, 2, 3}));
  EXPECT_TRUE(tensor.is_contiguous());
  EXPECT_FLOAT_EQ(tensor[0][0][0].item<float>(), -1.0f);
  EXPECT_FLOAT_EQ(tensor[1][0][1].item<float>(), 1.0f);
  EXPECT_FLOAT_EQ(tensor[2][1][1].item<float>(), 51 / 127.5f - 1);
  EXPECT_FLOAT_EQ(tensor[0][1][2].item<float>(), 102 / 127.5f - 1);
}

TEST(Tensor, ComesBackAsTheSamePixels) {
  const auto image = noise(33, 21, PixelFormat::Rgb8);
  const auto back = to_pixels(to_tensor(image.pixels()));
  cv::Mat bytes;
  back.convertTo(bytes, CV_8UC3);
  EXPECT_EQ(Image(bytes), image);
  EXPECT_EQ(to_pixels(to_tensor(image.pixels()).unsqueeze(0).to(torch::kBFloat16)).size(),
            image.pixels().size());
}

TEST(Tensor, IsClampedOnTheWayBack) {
  const auto out = to_pixels(torch::tensor({-3.0f, 0.0f, 3.0f}).view({3, 1, 1}));
  EXPECT_EQ(out.at<cv::Vec3f>(0, 0), cv::Vec3f(0, 127.5f, 255));
  EXPECT_THROW(to_pixels(torch::zeros({2, 3, 8, 8})), Error);
}

TEST(Tensor, HoldsMasksAsZeroAndOne) {
  const auto mask = mask_to_tensor((cv::Mat_<std::uint8_t>(1, 3) << 0, 128, 255));
  EXPECT_TRUE(torch::equal(mask, torch::tensor({0.0f, 1.0f, 1.0f}).view({1, 1, 3})));
}

}  // namespace
}  // namespace unidg
