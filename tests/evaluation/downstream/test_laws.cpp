#include <gtest/gtest.h>

#include "evaluation/downstream/small_product.h"

namespace unidg::evaluation {
namespace {

using namespace unidg::testing;

const std::vector<std::string> kLawTypes = {"contamination", "rust"};
const char* const kProduct = "metal_plate";

/// The other half of the real defects, and good pictures.
TestSet held_out() {
  TestSet test{drawn(kProduct, kLawTypes, 5000, 24)};
  for (auto& sample : testing::good(kProduct, 6000, 12)) test.samples.push_back(sample);
  return test;
}

DetectionScores scores_of(const std::vector<Sample>& defective) {
  const TrainingSet set{testing::good(kProduct, 0, 40), defective, kLawTypes};
  return evaluate_localiser(train_localiser(set, quick(14)), held_out());
}

// Sanity laws of every table: what is better must score better.
TEST(SlowLaws, TheOracleBeatsBoxesShuffledMasksAndTheUntrainedNetwork) {
  torch::set_num_threads(1);  // sums in another order would be another training
  const auto real = drawn(kProduct, kLawTypes, 1000, 40);
  auto shuffled = real;
  for (std::size_t i = 0; i < real.size(); ++i) shuffled[i].mask = real[(i + 7) % real.size()].mask;

  const auto oracle = scores_of(real), poor = scores_of(boxes(kProduct, 2000, 40)),
             mixed_up = scores_of(shuffled),
             untrained = evaluate_localiser(untrained_localiser(quick(8), 0), held_out());
  const auto show = [](const char* name, const DetectionScores& s) {
    return text(name, " ", to_json(s).dump(), "\n");
  };
  SCOPED_TRACE(show("oracle", oracle) + show("boxes", poor) + show("shuffled", mixed_up) +
               show("untrained", untrained));

  EXPECT_GT(*oracle.ap_pixel, 0.2);
  EXPECT_LT(*poor.ap_pixel, *oracle.ap_pixel);
  EXPECT_LT(*mixed_up.ap_pixel, *oracle.ap_pixel / 2);
  EXPECT_LT(*untrained.ap_pixel, *oracle.ap_pixel / 3);
}

}  // namespace
}  // namespace unidg::evaluation
