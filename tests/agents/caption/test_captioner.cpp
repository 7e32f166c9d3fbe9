#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "agents/scripted.h"
#include "support/http_server.h"
#include "support/temp_folder.h"
#include "unidg/agents/caption/captioner.h"
#include "unidg/agents/caption/colours.h"
#include "unidg/agents/caption/groups.h"
#include "unidg/chat/answer.h"
#include "unidg/chat/open_ai.h"
#include "unidg/core/error.h"

namespace unidg::agents {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::HttpServer;
using testing::Scripted;
using testing::TempFolder;
using ::testing::ThrowsMessage;

/// A light grey plate with a dark red bar across its lower right.
Triplet bar() {
  Triplet t;
  t.normal = Image(cv::Mat(200, 200, CV_8UC3, cv::Scalar(190, 190, 190)));
  cv::Mat mask = cv::Mat::zeros(200, 200, CV_8UC1);
  mask(cv::Rect(140, 150, 50, 4)).setTo(255);
  t.mask = Mask(mask);
  t.abnormal = t.normal.clone();
  t.abnormal.pixels().setTo(cv::Scalar(120, 20, 20), mask);
  t.id = "bar", t.object = "metal_plate", t.type = "scratch";
  return t;
}

Json answer(const Json& confidence) {
  return {{"image-level", {{{"foreground-object", "plate"}, {"background", "none"}}}},
          {"foreground-object-level",
           {{{"viewpoint", "top-view"},
             {"material", "steel"},
             {"texture", "smooth"},
             {"structure", "flat"},
             {"color", "gray"},
             {"shape", "square"},
             {"summary", "a plate"}}}},
          {"defect-level",
           {{{"type", "scratch"},
             {"shape", "line"},
             {"direction", "horizontal"},
             {"contrast", "high"},
             {"color", "red"},
             {"material", "steel"},
             {"size", "small"},
             {"width", "thin"},
             {"depth", "flat"},
             {"edge", "clear"},
             {"severity", "minor"},
             {"location", "bottom-right"},
             {"summary", "a scratch"}}}},
          {"summary", "a scratched plate"},
          {"Confidence", confidence}};
}

TEST(CaptionPrompt, AsksAsPrinted) {
  const std::string prompt = captioner_prompt();
  EXPECT_THAT(prompt,
              AllOf(HasSubstr("You are an expert industrial visual defect detection and analysis assistant."),
                    HasSubstr("fine-grained perception and give the overall confidence (between 0 and 1)"),
                    HasSubstr("\"Confidence\":<0.0-1.0>}")));
  for (const auto& level : {"image-level", "foreground-object-level", "defect-level"}) {
    EXPECT_THAT(prompt, HasSubstr(text('"', level, '"')));
    for (const auto& [key, value] : caption_schema()["properties"][level]["items"]["properties"].items())
      EXPECT_THAT(prompt, HasSubstr(text('"', key, '"'))) << level;
  }
}

TEST(CaptionQuestion, ShowsDefectThenMaskThenNormal) {
  auto t = bar();
  const auto question = caption_question(t, captioner_prompt(), {});
  ASSERT_EQ(question.parts.size(), 6u);
  EXPECT_EQ(question.parts[0].words, "Defect Image:");
  EXPECT_EQ(decode_image(question.parts[1].png, "part"), t.abnormal);
  EXPECT_EQ(question.parts[2].words, "Defect Mask:");
  EXPECT_EQ(mask_from_image(decode_image(question.parts[3].png, "part"), "part"), t.mask);
  EXPECT_EQ(question.parts[4].words, "Normal Image:");
  EXPECT_EQ(decode_image(question.parts[5].png, "part"), t.normal);
  ChatCaptionConfig hinted;
  hinted.hint = true, hinted.longest_side = 64;
  const auto small = caption_question(t, "p", hinted);
  EXPECT_EQ(small.parts.size(), 8u);
  EXPECT_THAT(small.parts[7].words, HasSubstr("scratch"));
  EXPECT_EQ(decode_image(small.parts[1].png, "part").width(), 64);
}

TEST(CaptionSchema, FixesTheShapeAndLeavesTheWordsFree) {
  const auto schema = caption_schema();
  EXPECT_EQ(chat::schema_problem(answer(0.9), schema), "");
  EXPECT_EQ(chat::schema_problem(answer(Json::array({0.9})), schema), "");
  EXPECT_NE(chat::schema_problem(answer(1.2), schema), "");
  auto lacking = answer(0.9);
  lacking["defect-level"][0].erase("edge");
  EXPECT_THAT(chat::schema_problem(lacking, schema), HasSubstr("edge"));
  auto none = answer(0.9);
  none["defect-level"] = Json::array();
  EXPECT_NE(chat::schema_problem(none, schema), "");
}

TEST(ChatCaptioner, KeepsCaptionConfidenceAndModel) {
  Scripted model({answer(0.87), answer(Json::array({0.8})), nullptr});
  ChatCaptioner captioner(model);
  const auto first = captioner.describe(bar());
  EXPECT_EQ(first.confidence, 0.87);
  EXPECT_EQ(first.caption["defect-level"][0]["location"], "bottom-right");
  EXPECT_FALSE(first.caption.contains("Confidence"));
  EXPECT_EQ(first.answered, "model-v1");
  EXPECT_EQ(captioner.describe(bar()).confidence, 0.8);
  const auto missing = captioner.describe(bar());
  EXPECT_TRUE(missing.caption.is_null());
  EXPECT_EQ(missing.problem, "no usable answer");
}

TEST(ChatCaptioner, SpeaksToARealServer) {
  HttpServer server([](std::size_t i, const auto&) {
    const auto said = i == 0 ? "Here you are:\n```json\n" + answer(0.9).dump() + "\n```" : answer(7).dump();
    return HttpServer::Reply{
        200, Json{{"model", "m-2"}, {"choices", {{{"message", {{"content", said}}}}}}}.dump()};
  });
  chat::ChatConfig chat;
  chat.base_url = server.url(), chat.model = "m", chat.key_variable = "", chat.answer_attempts = 1,
  chat.backoff_s = 0.01;
  chat::OpenAiChat model(chat);
  ChatCaptioner captioner(model);
  EXPECT_EQ(captioner.describe(bar()).confidence, 0.9);
  EXPECT_THAT(captioner.describe(bar()).problem, HasSubstr("Confidence"));
}

TEST(ChatCaptioner, TakesAnotherPrompt) {
  const TempFolder folder;
  ChatCaptionConfig config;
  config.prompt = folder.write("prompt.txt", "describe it").string();
  Scripted model(std::vector<Json>{answer(1)});
  ChatCaptioner(model, config).describe(bar());
  EXPECT_EQ(model.questions.at(0).system, "describe it");
}

TEST(MeasuringCaptioner, FillsTheSchemaWithWhatIsThere) {
  const auto candidate = MeasuringCaptioner().describe(bar());
  auto whole = candidate.caption;
  whole["Confidence"] = candidate.confidence;
  EXPECT_EQ(chat::schema_problem(whole, caption_schema()), "");
  const auto& defect = candidate.caption["defect-level"][0];
  EXPECT_EQ(defect["type"], "scratch");
  EXPECT_EQ(defect["shape"], "elongated");
  EXPECT_EQ(defect["direction"], "horizontal");
  EXPECT_EQ(defect["contrast"], "high");
  EXPECT_EQ(defect["color"], "red");
  EXPECT_EQ(defect["size"], "medium");  // 200 of 40000 pixels, 0.5 %
  EXPECT_EQ(defect["width"], "medium");
  EXPECT_EQ(defect["edge"], "clear");
  EXPECT_EQ(defect["location"], "bottom-right");
  EXPECT_EQ(candidate.caption["foreground-object-level"][0]["color"], "light gray");
  EXPECT_EQ(candidate.caption["foreground-object-level"][0]["viewpoint"], "");
  EXPECT_GE(candidate.confidence, 0.9);
}

TEST(MeasuringCaptioner, SeesABlurryFaintStain) {
  auto t = bar();
  cv::Mat spot = cv::Mat::zeros(200, 200, CV_32FC1), soft;
  cv::circle(spot, {50, 50}, 14, 1, cv::FILLED);
  cv::GaussianBlur(spot, soft, {}, 7);
  t.abnormal = t.normal.clone();
  for (int y = 0; y < 200; ++y)
    for (int x = 0; x < 200; ++x)
      t.abnormal.pixels().at<cv::Vec3b>(y, x) -=
          cv::Vec3b::all(static_cast<std::uint8_t>(20 * soft.at<float>(y, x)));
  t.mask = Mask(cv::Mat(soft > 0.05));
  const auto candidate = MeasuringCaptioner().describe(t);
  const auto& defect = candidate.caption["defect-level"][0];
  EXPECT_EQ(defect["contrast"], "low");
  EXPECT_EQ(defect["edge"], "blurry");
  EXPECT_EQ(defect["direction"], "");
  EXPECT_EQ(defect["location"], "top-left");
}

TEST(MeasuringCaptioner, IsUnsureWhereNothingShows) {
  auto t = bar();
  t.abnormal = t.normal;
  EXPECT_LT(MeasuringCaptioner().describe(t).confidence, 0.8);
}

TEST(Groups, FarPartsAreDefectsOfTheirOwn) {
  cv::Mat two = cv::Mat::zeros(100, 100, CV_8UC1);
  two(cv::Rect(5, 5, 10, 10)).setTo(255);
  two(cv::Rect(80, 80, 5, 5)).setTo(255);
  two(cv::Rect(17, 5, 2, 2)).setTo(255);  // 2 pixels from the first: the same defect
  const auto groups = defect_groups(Mask(two));
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].area(), 104);
  EXPECT_EQ(groups[1].area(), 25);
  cv::Mat many = cv::Mat::zeros(100, 100, CV_8UC1);
  for (int i = 0; i < 5; ++i) many(cv::Rect(5 + 20 * i, 50, 3, 3)).setTo(255);
  EXPECT_EQ(defect_groups(Mask(many)).size(), 1u);
}

TEST(Colours, HaveTheNamesPeopleGiveThem) {
  EXPECT_EQ(colour_name({5, 5, 5}), "black");
  EXPECT_EQ(colour_name({70, 70, 72}), "dark gray");
  EXPECT_EQ(colour_name({128, 128, 128}), "gray");
  EXPECT_EQ(colour_name({250, 251, 250}), "white");
  EXPECT_EQ(colour_name({210, 40, 30}), "red");
  EXPECT_EQ(colour_name({110, 70, 40}), "brown");
  EXPECT_EQ(colour_name({60, 150, 60}), "green");
  EXPECT_EQ(colour_name({40, 60, 180}), "blue");
  EXPECT_EQ(colour_name({235, 215, 60}), "yellow");
}

TEST(Triplets, MustFitTogether) {
  auto t = bar();
  t.normal = Image(100, 200, PixelFormat::Rgb8);
  EXPECT_THAT([&] { check_triplet(t); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("bar: "), HasSubstr("100 x 200"))));
  t = bar();
  t.mask = Mask(200, 200);
  EXPECT_THAT([&] { MeasuringCaptioner().describe(t); }, ThrowsMessage<InputError>(HasSubstr("empty")));
}

}  // namespace
}  // namespace unidg::agents
