#include <gtest/gtest.h>

#include "unidg/chat/answer.h"
#include "unidg/chat/open_ai.h"

namespace unidg::chat {
namespace {

TEST(FindJson, TakesTheObjectOutOfWhateverSurroundsIt) {
  const Json expected = {{"a", 1}, {"b", "} { \" \\"}};
  const auto plain = expected.dump();
  for (const auto& content :
       {plain, "  " + plain + "\n", "```json\n" + expected.dump(2) + "\n```", "```\n" + plain + "```",
        "Sure! {not json} Here it is: " + plain + " I hope { it helps.",
        "<think>{\"a\": 2</think>" + plain}) {
    const auto found = find_json(content);
    ASSERT_TRUE(found) << content;
    EXPECT_EQ(*found, expected) << content;
  }
  for (const auto* content : {"", "no", "[1, 2]", "{\"a\": 1", "{a: 1}"})
    EXPECT_FALSE(find_json(content)) << content;
}

TEST(SchemaProblem, NamesThePlace) {
  const Json score = {{"type", "number"}, {"minimum", 0}, {"maximum", 5}};
  const Json schema = {
      {"type", "object"},
      {"properties",
       {{"score",
         {{"anyOf", {score, {{"type", "array"}, {"items", score}, {"minItems", 1}, {"maxItems", 1}}}}}},
        {"kind", {{"type", {"string", "null"}}, {"enum", {"a", nullptr}}}}}},
      {"required", {"score"}}};
  const auto problem = [&](const Json& value) { return schema_problem(value, schema); };
  EXPECT_EQ(problem({{"score", 5}}), "");
  EXPECT_EQ(problem({{"score", {4.8}}, {"kind", nullptr}}), "");
  EXPECT_EQ(problem({{"kind", "a"}}), "answer lacks \"score\"");
  EXPECT_EQ(problem({{"score", 4}, {"kind", "b"}}), "answer.kind is \"b\", expected one of [\"a\",null]");
  EXPECT_EQ(problem({{"score", {5.5}}}), "answer.score[0] is 5.5, above 5");
  EXPECT_NE(problem({{"score", "4"}}), "");
  EXPECT_NE(problem({{"score", Json::array()}}), "");
  EXPECT_NE(problem({{"score", -0.1}}), "");
  EXPECT_EQ(problem(Json::array()), "answer is array, expected \"object\"");
}

TEST(Base64, FollowsTheRfc) {  // RFC 4648, 10
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : cases) EXPECT_EQ(base64(plain), coded);
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

TEST(RequestBody, HoldsWordsPicturesAndTheSchema) {
  Question question{
      "be fair", {Part::text("look"), Part::picture(Image(3, 2, PixelFormat::Rgb8))}, {{"type", "object"}}};
  ChatConfig config;
  config.model = "m";
  auto body = request_body(question, config);
  EXPECT_EQ(body["model"], "m");
  EXPECT_EQ(body["messages"][0], Json({{"role", "system"}, {"content", "be fair"}}));
  const auto& content = body["messages"][1]["content"];
  EXPECT_EQ(content[0], Json({{"type", "text"}, {"text", "look"}}));
  EXPECT_TRUE(
      content[1]["image_url"]["url"].get<std::string>().starts_with("data:image/png;base64,iVBORw0KGgo"));
  EXPECT_EQ(body["response_format"]["json_schema"]["schema"], question.schema);
  EXPECT_FALSE(body.contains("temperature") || body.contains("max_completion_tokens"));

  config.response_format = "json", config.temperature = 0, config.max_tokens = 9;
  body = request_body(question, config);
  EXPECT_EQ(body["response_format"], Json({{"type", "json_object"}}));
  EXPECT_EQ(body["temperature"], 0);
  EXPECT_EQ(body["max_completion_tokens"], 9);
  config.response_format = "none";
  EXPECT_FALSE(request_body(question, config).contains("response_format"));
}

TEST(Waiting, BacksOffAndReadsRetryAfter) {
  EXPECT_DOUBLE_EQ(backoff_seconds(1, 2, 60, 0), 1);
  EXPECT_DOUBLE_EQ(backoff_seconds(3, 2, 60, 1), 8);
  EXPECT_DOUBLE_EQ(backoff_seconds(9, 2, 60, 1), 60);
  const auto now = std::chrono::system_clock::from_time_t(784111777);  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(retry_after_seconds("7", now), 7);
  EXPECT_EQ(retry_after_seconds("Sun, 06 Nov 1994 08:49:50 GMT", now), 13);
  EXPECT_EQ(retry_after_seconds("Sun, 06 Nov 1994 08:49:00 GMT", now), 0);
  EXPECT_FALSE(retry_after_seconds("", now) || retry_after_seconds("soon", now));
}

TEST(Waiting, PaceSpreadsRequests) {
  Pace pace(60.0 * 50);  // one in 20 ms
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 6; ++i) pace.wait();
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(100));
}

TEST(ForEachConcurrently, DoesAllAndPassesTheFailureOn) {
  std::atomic<int> sum{0};
  for_each_concurrently(100, 7, [&](std::size_t i) { sum += static_cast<int>(i); });
  EXPECT_EQ(sum, 4950);
  EXPECT_THROW(for_each_concurrently(100, 7,
                                     [](std::size_t i) {
                                       if (i == 3) throw InputError("three");
                                     }),
               InputError);
  for_each_concurrently(0, 3, [](std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace unidg::chat
