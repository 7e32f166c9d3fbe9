#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "support/small_model.h"
#include "support/temp_folder.h"
#include "unidg/conditioning/painter.h"

namespace unidg::conditioning {
namespace {

/// A small model whose networks change something.
models::SmallModel restless_model(double smooth) {
  const testing::TempFolder folder;
  testing::write_tiny_model(folder / "tiny");
  auto model = models::SmallModel::load(folder / "tiny");
  torch::NoGradGuard no_grad;
  torch::manual_seed(5);
  model.transformer->proj_out->weight.copy_(torch::randn_like(model.transformer->proj_out->weight));
  model.settings.smooth = smooth;
  return model;
}

View view_of(int size) {
  const cv::Mat scene(size, size, CV_8UC3, cv::Scalar(120, 100, 80));
  cv::Mat mask = cv::Mat::zeros(size, size, CV_8UC1), collage = scene.clone();
  cv::circle(mask, {size / 2, size / 2}, size / 4, 255, cv::FILLED);
  collage.setTo(cv::Scalar(60, 70, 40), mask);
  View view;
  view.diptych.reference = {collage, mask};
  view.diptych.target = {scene, mask, {}};
  view.collage = collage;
  view.id = "view";
  return view;
}

/// Mean square of the Laplacian of what changed.
double roughness(const cv::Mat& painted, const cv::Mat& collage) {
  cv::Mat shown, laplacian;
  collage.convertTo(shown, CV_32FC3);
  cv::Laplacian(painted - shown, laplacian, CV_32F);
  return cv::norm(laplacian, cv::NORM_L2SQR);
}

TEST(SmallPainter, SmoothsWhatTheNetworksChangeAndNothingElse) {
  const auto painter = small_painter(restless_model(2), "tiny");
  const auto view = view_of(painter->size());
  const auto painted = [&](double smooth) {
    PaintConfig config;
    config.smooth = smooth;
    return painter->paint({view}, painter->resolve(config)).front();
  };
  const auto rough = painted(0), smooth = painted(3);
  EXPECT_GT(roughness(rough, view.collage), 0);
  EXPECT_LT(roughness(smooth, view.collage), roughness(rough, view.collage) / 20);
  cv::Mat collage;
  view.collage.convertTo(collage, CV_32FC3);
  EXPECT_NEAR(cv::mean(smooth - collage)[0], cv::mean(rough - collage)[0], 2);
  EXPECT_EQ(cv::norm(painted(-1), painted(2), cv::NORM_INF), 0) << "-1 is the model's own";
}

TEST(SmallPainter, RefusesAViewWithoutACollage) {
  const auto painter = small_painter(restless_model(0), "tiny");
  auto view = view_of(painter->size());
  view.collage = cv::Mat();
  EXPECT_THROW(painter->paint({view}, painter->resolve({})), InputError);
}

}  // namespace
}  // namespace unidg::conditioning
