#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "support/golden.h"
#include "support/temp_folder.h"
#include "unidg/core/files.h"
#include "unidg/image/foreground.h"
#include "unidg/segmentation/foreground_model.h"
#include "unidg/segmentation/sizes.h"

namespace unidg::segmentation {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;
namespace sam = models::sam;

TEST(Sam2SizesGolden, MatchTheImageProcessor) {
  const auto golden = testing::Golden::load("segmentation/golden/sam2_sizes.safetensors");
  const auto picture = golden["picture"].contiguous();
  const cv::Mat pixels(20, 31, CV_8UC3, picture.data_ptr());
  const auto found = sam2_pixels(Image(pixels.clone()), 24);
  // torch and Pillow round resized bytes differently now and then: one grey level of 255, over the deviation.
  EXPECT_LE((found - golden["pixels"]).abs().max().item<double>(), 1.0 / 255 / 0.224 + 1e-5);
  EXPECT_LE((found - golden["pixels"]).abs().mean().item<double>(), 0.1 / 255 / 0.224);
  EXPECT_TENSOR_NEAR(at_picture_size(golden["masks"], {31, 20}), golden["upscaled"], 1e-6);
  const auto mask = inside(golden["upscaled"][0][0]);
  EXPECT_EQ(mask.area(), (golden["upscaled"][0][0] > 0).sum().item<int>());
}

/// A dark product of two parts on a light ground.
Image two_parts() {
  cv::Mat pixels(120, 160, CV_8UC3, cv::Scalar(220, 220, 215));
  cv::rectangle(pixels, {20, 30, 50, 60}, cv::Scalar(40, 60, 90), cv::FILLED);
  cv::circle(pixels, {120, 60}, 25, cv::Scalar(40, 60, 90), cv::FILLED);
  return Image(pixels);
}

Sam2Foreground random_sam(double least_agreement) {
  sam::Sam2 net(weights::Scope(weights::noise_source(7)), sam::Config::tiny());
  return Sam2Foreground(std::make_shared<Sam2Segmenter>(net), least_agreement);
}

TEST(ForegroundModel, EveryOneFindsSomethingOfThePicturesSize) {
  const auto picture = two_parts();
  const ColourForeground colours;
  const auto any = random_sam(0);
  for (const ForegroundModel* model :
       {static_cast<const ForegroundModel*>(&colours), static_cast<const ForegroundModel*>(&any)}) {
    const auto found = model->find(picture);
    EXPECT_EQ(found.mask.pixels().size(), picture.pixels().size()) << model->name();
    EXPECT_FALSE(found.source.empty());
  }
}

TEST(Sam2Foreground, KeepsComponentsThatSam2DoesNotRecognise) {
  const auto picture = two_parts();
  const auto found = random_sam(1.01).find(picture);  // nothing is so alike
  EXPECT_EQ(found.mask, foreground(picture));
  EXPECT_EQ(found.source, "border colours");
  EXPECT_LT(found.agreement, 1);  // to be looked at
}

TEST(Sam2Foreground, TakesTheAnswersWhenTheyAgree) {
  const auto found = random_sam(0).find(two_parts());
  EXPECT_EQ(found.source, "sam2");
  EXPECT_LT(found.agreement, 1);
  EXPECT_LT(found.predicted_iou, 1);
}

TEST(Sam2Foreground, DoesNotAskAboutATexture) {
  cv::Mat pixels(96, 96, CV_8UC3);
  cv::RNG(1).fill(pixels, cv::RNG::UNIFORM, 100, 140);
  const auto found = random_sam(0).find(Image(pixels));
  EXPECT_EQ(found.source, "whole picture");
  EXPECT_EQ(found.mask.area(), 96 * 96);
}

TEST(Components, ComeLargestFirstWithAPointInside) {
  Mask mask(60, 40);
  mask.pixels()(cv::Rect(2, 3, 4, 5)).setTo(255);
  mask.pixels()(cv::Rect(20, 0, 40, 30)).setTo(255);
  mask.pixels()(cv::Rect(30, 5, 30, 20)).setTo(0);  // a C, open to the right
  const auto parts = components(mask);
  ASSERT_THAT(parts, SizeIs(2));
  EXPECT_EQ(parts[0].box, cv::Rect(20, 0, 40, 30));
  for (const auto& part : parts) EXPECT_EQ(part.pixels.at<std::uint8_t>(part.inner), 255);
  EXPECT_NEAR(parts[0].inner.x, 25, 2);  // the C's back is its widest place
  EXPECT_EQ(parts[1].box, cv::Rect(2, 3, 4, 5));
}

/// The fixture's network as a user's folder.
void write_model(const std::filesystem::path& folder, const std::string& extra = "") {
  const auto golden = testing::Golden::load("models/golden/sam2.safetensors");
  auto tensors = golden.below("weights.");
  tensors["memory_attention.layer_norm.weight"] = torch::zeros({4});
  if (!extra.empty()) tensors[extra] = torch::zeros({1});
  weights::save_safetensors(folder / "model.safetensors", tensors);
  write_file_atomic(folder / "config.json", golden.json("config").dump());
}

TEST(Sam2Segmenter, LoadsAFolderAndAsksInThePicturesPixels) {
  testing::TempFolder folder;
  write_model(folder / "sam");
  const auto segmenter = Sam2Segmenter::load(folder / "sam");
  const auto picture = segmenter.encode(two_parts());
  EXPECT_EQ(picture.size, cv::Size(160, 120));
  sam::Prompts here;
  here.boxes = torch::tensor({{0.0f, 0.0f, 160.0f, 120.0f}});
  const auto found = segmenter.ask(picture, here, sam::MaskChoice::Several);
  // The same box in the network's square of 96 pixels.
  const auto golden = testing::Golden::load("models/golden/sam2.safetensors");
  sam::Sam2 net(golden.weights(), sam::Config::read(models::HubConfig(golden.json("config"), "fixture")));
  torch::NoGradGuard no_grad;
  sam::Prompts there;
  there.boxes = torch::tensor({{0.0f, 0.0f, 96.0f, 96.0f}});
  const auto expected =
      net->predict(net->encode(sam2_pixels(two_parts(), 96)), there, sam::MaskChoice::Several);
  EXPECT_TENSOR_NEAR(found.masks, expected.masks, 1e-5);
  AutomaticConfig config;
  config.points_per_side = 2;
  config.pred_iou_thresh = config.stability_score_thresh = 0;
  for (const auto& segment : segmenter.automatic(picture, config)) {
    EXPECT_EQ(segment.mask.area(), segment.area);
    EXPECT_EQ(segment.mask.box(), segment.box);
  }
}

TEST(Sam2Segmenter, NamesWhatDoesNotBelong) {
  testing::TempFolder folder;
  write_model(folder / "sam", "mask_decoder.surplus");
  EXPECT_THAT([&] { Sam2Segmenter::load(folder / "sam"); },
              ThrowsMessage<FormatError>(HasSubstr("mask_decoder.surplus")));
  EXPECT_THAT([&] { Sam2Segmenter::load(folder / "none"); }, ThrowsMessage<InputError>(HasSubstr("none")));
}

}  // namespace
}  // namespace unidg::segmentation
