#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "evaluation/protocol/tiny_product.h"
#include "support/temp_folder.h"
#include "unidg/core/progress.h"
#include "unidg/evaluation/protocol/plan.h"

namespace unidg::evaluation {
namespace {

using namespace unidg::testing;

cv::Point2d middle(const Mask& mask) {
  const auto m = cv::moments(mask.pixels(), true);
  return {m.m10 / m.m00, m.m01 / m.m00};
}

/// Farthest way from the middle of a lent mask to that of the mask made of it, pixels.
double farthest_move(const std::string& place) {
  Progress::set_default_style(Progress::Style::Quiet);
  const TempFolder folder;
  write_tiny_product(folder / "data/plate", 9, 8, 4);
  auto config = read_config(
      folder.write(
          "run.json",
          R"({"products": ["plate"], "n": 12, "preset": "cpu", "generators": [{"name": "crop-paste", "kind": "baseline", "model": "crop-paste"}]})"),
      {"data=" + (folder / "data").string()}, false);
  if (!place.empty()) config.targets.placing.place = place;
  const auto product = read_product(folder / "data/plate", config.split);
  const auto plan = plan_targets(product, config, 0, folder / "plan");
  write_plan(plan, product, config, folder / "plan");
  double out = 0;
  for (const auto& target : plan.targets)
    for (const auto& type : product.types)
      for (const auto& file : type.pool)
        if (file.key == target.mask_from)
          out = std::max(out, cv::norm(middle(load_mask(target.mask)) - middle(load_defect(file).mask)));
  return out;
}

TEST(Plan, MasksStayAboutWhereDefectsWereFound) {
  constexpr double kNear = 0.08 * kTinySide;  // 5 % each way
  EXPECT_LT(farthest_move(""), kNear);
  EXPECT_GT(farthest_move("anywhere"), 1.5 * kNear);
}

}  // namespace
}  // namespace unidg::evaluation
