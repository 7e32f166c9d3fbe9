#include <gmock/gmock.h>

#include "evaluation/downstream/small_product.h"
#include "support/temp_folder.h"
#include "unidg/core/files.h"
#include "unidg/evaluation/downstream/classification.h"
#include "unidg/evaluation/downstream/multiclass.h"
#include "unidg/weights/scope.h"

namespace unidg::evaluation {
namespace {

using ::testing::HasSubstr;
using testing::quick;
using ::testing::ThrowsMessage;

const std::vector<std::string> kTypes = {"hole", "stain"};

TrainingSet small_set(const std::string& product = "wood") {
  return {testing::good(product, 0, 6), testing::drawn(product, kTypes, 100, 8), kTypes};
}
TestSet small_test(const std::string& product = "wood") {
  TestSet test{testing::drawn(product, kTypes, 200, 4)};
  for (auto& sample : testing::good(product, 300, 2)) test.samples.push_back(sample);
  return test;
}

LocalisationConfig one_epoch() {
  auto config = quick(1);
  config.recipe.epoch_samples = 20;  // 8 + 8 + 4
  config.base_width = 2;
  return config;
}

double difference(const Localiser& a, const Localiser& b, const cv::Mat& image) {
  return cv::norm(a.maps({image}).front(), b.maps({image}).front(), cv::NORM_INF);
}

TEST(Localiser, TheSameSeedGivesTheSameMapsAndAnotherOneOthers) {
  const auto set = small_set();
  const auto one = train_localiser(set, one_epoch(), {.seed = 4}),
             again = train_localiser(set, one_epoch(), {.seed = 4}),
             other = train_localiser(set, one_epoch(), {.seed = 5});
  EXPECT_EQ(difference(one, again, set.good[0].image), 0);
  EXPECT_GT(difference(one, other, set.good[0].image), 0);
  EXPECT_EQ(one.training().steps, 3);
  EXPECT_EQ(one.training().samples, 20);
  EXPECT_EQ(one.training().losses.size(), 1u);
  EXPECT_THAT(one.training().network, HasSubstr("base width 2"));
}

TEST(Localiser, IsSavedWithConfigAndReport) {
  const testing::TempFolder folder;
  const auto set = small_set();
  const auto trained = train_localiser(
      set, one_epoch(), {.seed = 4, .save = folder / "net.safetensors", .log = folder / "log.jsonl"});
  const auto loaded = Localiser::load(folder / "net.safetensors");
  EXPECT_EQ(difference(trained, loaded, set.good[0].image), 0);
  const auto line = parse_json(read_file(folder / "log.jsonl"), "log");
  EXPECT_EQ(line["step"], 3);
  EXPECT_DOUBLE_EQ(line["loss"], trained.training().final_loss());

  weights::save_safetensors(folder / "other.safetensors", {{"x", torch::zeros({1})}});
  EXPECT_THAT([&] { Localiser::load(folder / "other.safetensors"); },
              ThrowsMessage<FormatError>(HasSubstr("other.safetensors")));
}

TEST(Localiser, MapsHaveTheSizeTheyAreScoredAt) {
  auto config = one_epoch();
  const auto at_truth = untrained_localiser(config, 1);
  config.score_at = "map";
  const auto at_map = untrained_localiser(config, 1);
  const cv::Mat picture(90, 70, CV_8UC3, cv::Scalar(1, 2, 3)), mask(90, 70, CV_8UC1, cv::Scalar(255));
  EXPECT_EQ(at_truth.maps({picture}).front().size(), cv::Size(70, 90));
  EXPECT_EQ(at_truth.truth({picture, mask, 0, ""}).size(), cv::Size(70, 90));
  EXPECT_EQ(at_map.maps({picture}).front().size(), cv::Size(64, 64));
  EXPECT_EQ(at_map.truth({picture, mask, 0, ""}).size(), cv::Size(64, 64));
}

TEST(Localiser, BestOnTestIsASwitchWithALabel) {
  auto config = one_epoch();
  config.recipe.epochs = 2;
  config.recipe.checkpoint = "best_test";
  const auto set = small_set();
  const auto test = small_test();
  EXPECT_THAT(train_localiser(set, config, {}, &test).training().checkpoint, HasSubstr("best on test"));
  EXPECT_THAT([&] { train_localiser(set, config); },
              ThrowsMessage<UsageError>(HasSubstr("needs the test set")));
}

TEST(Localiser, SaysWhatIsWrongWithASet) {
  const auto refuses = [](TrainingSet set, const std::string& words) {
    EXPECT_THAT([&] { train_localiser(set, one_epoch(), {.what = "wood, boxes"}); },
                ThrowsMessage<InputError>(HasSubstr(words)));
  };
  auto set = small_set();
  refuses({set.good, {}, set.types}, "wood, boxes: the generated set is empty");
  refuses({{}, set.defective, set.types}, "no good picture");
  refuses({set.good, set.defective, {"stain", "hole"}}, "sorted");
  set.defective[3].mask = cv::Mat::zeros(10, 10, CV_8UC1);
  refuses(set, "wood/3: the mask is 10 x 10");
  set.defective[3].mask = cv::Mat();
  refuses(set, "without mask");
  set = small_set();
  set.defective[3].label = 2;
  refuses(set, "label 2 is out of range");
}

TEST(Localiser, StopsAtASignal) {
  const testing::TempFolder folder;
  request_interrupt();
  EXPECT_THROW(train_localiser(small_set(), one_epoch(), {.save = folder / "net.safetensors"}), Interrupted);
  clear_interrupt();
  EXPECT_FALSE(std::filesystem::exists(folder / "net.safetensors"));
}

TEST(Multiclass, OneNetworkForTwoProducts) {
  MulticlassConfig config;
  config.net = one_epoch();
  config.net.recipe.epochs = 20;  // until the running statistics are those of the activations
  std::vector<ProductSets> products = {{"wood", small_set(), small_test()},
                                       {"fabric", small_set("fabric"), small_test("fabric")}};
  const auto scores = multiclass(products, config);
  EXPECT_THAT(scores.pixels.names(),
              ::testing::ElementsAre("background", "fabric/hole", "fabric/stain", "wood/hole", "wood/stain"));
  EXPECT_EQ(scores.pixels.total(), 12 * 64 * 64);
  EXPECT_THAT(scores.products, ::testing::ElementsAre("wood", "fabric"));
  ASSERT_EQ(scores.detection.size(), 2u);
  EXPECT_TRUE(scores.detection[0].ap_pixel.has_value());
  EXPECT_THAT(scores.training.network, HasSubstr("5 outputs"));
  config.merge = "max";
  EXPECT_NE(multiclass(products, config).detection[0].ap_pixel, scores.detection[0].ap_pixel);
  products[1].product = "wood";
  EXPECT_THAT([&] { multiclass(products, config); }, ThrowsMessage<UsageError>(HasSubstr("twice")));
}

/// Pictures told apart by their colour; "features" are the mean colour.
TrainingSet colours() {
  TrainingSet set{.types = {"blue", "red"}};
  for (int i = 0; i < 12; ++i)
    set.defective.push_back(
        {cv::Mat(64, 64, CV_8UC3, i % 2 ? cv::Scalar(200, 30 + i, 40) : cv::Scalar(40, 30 + i, 200)),
         {},
         i % 2,
         "c"});
  return set;
}
Backbone mean_colour() {
  return {"mean colour", 64, [](const torch::Tensor& x) { return x.mean({2, 3}); }};
}

/// A grey plate with a square of its type's colour.
Sample painted(int label, int at) {
  Sample out{cv::Mat(64, 64, CV_8UC3, cv::Scalar::all(120)), cv::Mat::zeros(64, 64, CV_8UC1), label, "p"};
  out.image += cv::Scalar::all(at % 5);
  if (label < 0) {
    out.mask = cv::Mat();
    return out;
  }
  const cv::Rect square(4 + at % 30, 8 + at % 23, 20, 16);
  out.image(square).setTo(label == 0 ? cv::Scalar(40, 30, 200) : cv::Scalar(200, 30, 40));
  out.mask(square).setTo(255);
  return out;
}

ProductSets painted_plate() {
  ProductSets plate{"plate", {.types = {"blue", "red"}}, {}};
  for (int i = 0; i < 12; ++i) {
    plate.training.defective.push_back(painted(i % 2, 3 * i));
    plate.training.good.push_back(painted(-1, i));
    plate.test.samples.push_back(painted(i % 3 - 1, 5 * i + 2));
  }
  return plate;
}

/// "Maps" are the colours of places.
Backbone colours_of_places() {
  auto out = mean_colour();
  out.map_size = 64, out.grid = 32;
  out.maps = [](const torch::Tensor& x) { return torch::adaptive_avg_pool2d(x, {32, 32}); };
  return out;
}

TEST(Localise, AHeadOfEveryPlaceOnTheBackboneGiven) {
  const testing::TempFolder folder;
  auto plate = painted_plate();
  auto config = LocalisationConfig::cpu();
  for (const int hidden : {128, 0}) {
    config.head.hidden = hidden;
    const auto localiser = train_localiser(plate.training, config, {}, nullptr, colours_of_places());
    EXPECT_EQ(localiser.training().network,
              hidden ? "3 heads with a hidden layer of 128 of every place on mean colour"
                     : "linear head of every place on mean colour");
    EXPECT_GT(evaluate_localiser(localiser, plate.test).ap_pixel.value(), 0.95);
  }
  const auto localiser = train_localiser(plate.training, config, {}, nullptr, colours_of_places());
  EXPECT_EQ(localiser.maps({plate.test.samples[0].image})[0].size(), cv::Size(64, 64));  // score_at = truth
  EXPECT_THAT([&] { localiser.save(folder / "net.safetensors"); },
              ThrowsMessage<UsageError>(HasSubstr("not saved")));
  for (auto& sample : plate.training.defective) sample.mask = ~sample.mask;  // all but the squares
  const auto wrong = train_localiser(plate.training, config, {}, nullptr, colours_of_places());
  EXPECT_LT(evaluate_localiser(wrong, plate.test).ap_pixel.value(), 0.6);
}

TEST(Multiclass, AHeadOfEveryPlaceOnTheBackboneGiven) {
  auto plate = painted_plate();
  const auto config = MulticlassConfig::cpu();
  const auto scores = multiclass({plate}, config, {}, {}, colours_of_places());
  EXPECT_EQ(scores.training.network, "3 heads with a hidden layer of 128 of every place on mean colour");
  EXPECT_GT(scores.pixels.foreground_iou().value(), 0.8);
  EXPECT_GT(scores.detection[0].ap_pixel.value(), 0.95);
  const auto draws = draws_of(scores, 40, 3);
  for (const std::string name : {"fg_miou", "ap_pixel", "auroc_image"}) {
    ASSERT_EQ(draws.at(name).size(), 40u) << name;
    const auto [low, high] = std::ranges::minmax(draws.at(name));
    EXPECT_GT(high, 0.8) << name;
    EXPECT_LE(high, 1) << name;
    EXPECT_GE(low, 0.5) << name;
  }
  EXPECT_EQ(draws, draws_of(scores, 40, 3));
  EXPECT_NE(draws, draws_of(scores, 40, 4));
  const auto again = multiclass({plate}, config, {}, {}, colours_of_places());
  EXPECT_EQ(again.pixels.foreground_iou(), scores.pixels.foreground_iou());
  for (auto& sample : plate.training.defective) sample.label = 1 - sample.label;  // labels exchanged
  EXPECT_LT(multiclass({plate}, config, {}, {}, colours_of_places()).pixels.foreground_iou().value(), 0.1);
}

TEST(Classify, ALinearHeadOnTheBackboneGiven) {
  const testing::TempFolder folder;
  const auto set = colours();
  TestSet test{set.defective};
  test.samples.push_back({set.defective[0].image, {}, -1, "good"});  // not asked
  const auto scores =
      classify(set, test, ClassificationConfig::cpu(), {.save = folder / "head.safetensors"}, mean_colour());
  EXPECT_EQ(scores.types.accuracy(), 1);
  EXPECT_EQ(scores.predicted.size(), 12u);
  EXPECT_EQ(scores.types.names(), set.types);
  EXPECT_EQ(scores.network, "linear head on mean colour");
  EXPECT_EQ(weights::open_source(folder / "head.safetensors")->metadata().at("classes"), R"(["blue","red"])");
}

TEST(Classify, WithoutABackboneASmallResnetIsTrainedAndNamed) {
  auto config = ClassificationConfig::cpu();
  config.recipe.size = 64;
  config.recipe.epochs = 3;
  config.recipe.epoch_samples = 64;
  const auto set = colours();
  const auto scores = classify(set, {set.defective}, config);
  EXPECT_THAT(scores.network, HasSubstr("from scratch"));
  EXPECT_EQ(scores.types.accuracy(), 1);
}

TEST(Classify, NamesATypeWithoutPictures) {
  auto set = colours();
  set.types.push_back("yellow");
  EXPECT_THAT([&] { classify(set, {set.defective}, ClassificationConfig::cpu()); },
              ThrowsMessage<InputError>(HasSubstr("'yellow'")));
}

}  // namespace
}  // namespace unidg::evaluation
