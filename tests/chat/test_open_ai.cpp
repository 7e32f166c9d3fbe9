#include <gmock/gmock.h>

#include <cstdlib>

#include "support/folder_content.h"
#include "support/http_server.h"
#include "support/temp_folder.h"
#include "unidg/chat/open_ai.h"

namespace unidg::chat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::HttpServer;
using ::testing::Not;
using testing::TempFolder;
using ::testing::ThrowsMessage;
using Reply = HttpServer::Reply;

Reply completion(const std::string& content) {
  return {200, Json{{"model", "judge-2026-01-01"},
                    {"choices", {{{"message", {{"role", "assistant"}, {"content", content}}}}}},
                    {"usage", {{"prompt_tokens", 1000}, {"completion_tokens", 50}}}}
                   .dump()};
}

ChatConfig quick(const std::string& url) {
  ChatConfig config;
  config.base_url = url + "/v1/";
  config.model = "judge";
  config.key_variable = "UNIDG_TEST_CHAT_KEY";
  config.backoff_s = 0.01;
  config.timeout_s = 5;
  config.price_in = 2, config.price_out = 10;
  return config;
}

Question how_good() {
  return {"",
          {Part::text("how good?"), Part::picture(Image(2, 2, PixelFormat::Gray8))},
          {{"type", "object"},
           {"properties", {{"score", {{"type", "number"}, {"maximum", 5}}}}},
           {"required", {"score"}}}};
}

class OpenAi : public ::testing::Test {
 protected:
  void SetUp() override { ::setenv("UNIDG_TEST_CHAT_KEY", "secret-k3y", 1); }
  void TearDown() override { ::unsetenv("UNIDG_TEST_CHAT_KEY"); }
};

TEST_F(OpenAi, AsksAndReadsTheAnswer) {
  HttpServer server([](std::size_t, const auto&) { return completion("```json\n{\"score\": 4.5}\n```"); });
  OpenAiChat chat(quick(server.url()));
  const auto answer = chat.ask(how_good());
  EXPECT_EQ(answer.json["score"], 4.5);
  EXPECT_EQ(answer.model, "judge-2026-01-01");
  EXPECT_FALSE(answer.is_cached);
  const auto totals = chat.totals();
  EXPECT_EQ(totals.requests, 1);
  EXPECT_EQ(totals.prompt_tokens, 1000);
  EXPECT_DOUBLE_EQ(totals.cost, (1000 * 2 + 50 * 10) / 1e6);

  const auto sent = server.received().at(0);
  EXPECT_THAT(sent.head, AllOf(HasSubstr("POST /v1/chat/completions HTTP/1.1"),
                               HasSubstr("Authorization: Bearer secret-k3y")));
  EXPECT_THAT(sent.body,
              AllOf(HasSubstr("how good?"), HasSubstr("data:image/png;base64,"), Not(HasSubstr("secret"))));
}

TEST_F(OpenAi, WaitsAsLongAsABusyServerAsks) {
  HttpServer server([](std::size_t i, const auto&) {
    return i == 0 ? Reply{429, "slow down", "Retry-After: 0.2\r\n"} : completion("{\"score\": 1}");
  });
  OpenAiChat chat(quick(server.url()));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(chat.ask(how_good()).json["score"], 1);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(190));
  EXPECT_EQ(chat.totals().requests, 2);
  EXPECT_EQ(chat.totals().retries, 1);
}

TEST_F(OpenAi, GivesUpOnAServerThatStaysBroken) {
  HttpServer server([](std::size_t, const auto&) { return Reply{503, "out of order secret-k3y"}; });
  auto config = quick(server.url());
  config.attempts = 3;
  OpenAiChat chat(config);
  EXPECT_THAT(
      [&] { chat.ask(how_good()); },
      ThrowsMessage<ServiceError>(AllOf(HasSubstr("3 attempts"), HasSubstr("HTTP 503: out of order [key]"))));
  EXPECT_EQ(server.received().size(), 3u);
  EXPECT_EQ(chat.totals().failed, 1);
}

TEST_F(OpenAi, ALateReplyAndACutConnectionAreTriedAgain) {
  HttpServer server([](std::size_t i, const auto&) {
    if (i == 0) return Reply{200, "{}", "", 3000};
    if (i == 1) return Reply{200, "", "", 0, true};
    return completion("{\"score\": 2}");
  });
  auto config = quick(server.url());
  config.timeout_s = 0.2;
  OpenAiChat chat(config);
  EXPECT_EQ(chat.ask(how_good()).json["score"], 2);
  EXPECT_EQ(chat.totals().requests, 3);
}

TEST_F(OpenAi, AnUnusableAnswerIsAskedForAgainThenMissing) {
  HttpServer server([](std::size_t i, const auto&) {
    return completion(i == 0 ? "I would rather not." : i == 1 ? "{\"score\": 7}" : "{\"score\": 3}");
  });
  auto config = quick(server.url());
  config.answer_attempts = 3;
  OpenAiChat patient(config);
  EXPECT_EQ(patient.ask(how_good()).json["score"], 3);
  EXPECT_EQ(patient.totals().prompt_tokens, 3000);  // unusable answers cost as well

  HttpServer stubborn([](std::size_t, const auto&) { return completion("{\"score\": 7}"); });
  OpenAiChat chat(quick(stubborn.url()));
  EXPECT_THAT(
      [&] { chat.ask(how_good()); },
      ThrowsMessage<ServiceError>(HasSubstr("no usable answer in 2 attempts: answer.score is 7, above 5")));
}

TEST_F(OpenAi, TheCacheAnswersARerunAndReplaysWithoutAServer) {
  const TempFolder folder;
  auto server =
      std::make_unique<HttpServer>([](std::size_t, const auto&) { return completion("{\"score\": 4}"); });
  auto config = quick(server->url());
  config.cache = folder.path().string();
  OpenAiChat(config).ask(how_good());

  OpenAiChat rerun(config);
  EXPECT_TRUE(rerun.ask(how_good()).is_cached);
  EXPECT_EQ(rerun.ask(how_good()).model, "judge-2026-01-01");
  EXPECT_EQ(rerun.totals().requests, 0);
  EXPECT_EQ(rerun.totals().cached, 2);
  EXPECT_EQ(rerun.totals().cost, 0);
  auto other = how_good();
  other.parts[1] = Part::picture(Image(2, 3, PixelFormat::Gray8));
  EXPECT_FALSE(rerun.ask(other).is_cached);
  EXPECT_EQ(server->received().size(), 2u);
  for (const auto& [name, content] : testing::folder_content(folder.path()))
    EXPECT_THAT(content, Not(HasSubstr("secret")));

  server.reset();
  config.replay = true;
  OpenAiChat replay(config);
  EXPECT_EQ(replay.ask(how_good()).json["score"], 4);
  other.parts[0] = Part::text("how bad?");
  EXPECT_THAT([&] { replay.ask(other); }, ThrowsMessage<ServiceError>(HasSubstr("holds no answer of judge")));
}

TEST_F(OpenAi, ARefusedKeyStopsAtOnceAndIsNotShown) {
  HttpServer server([](std::size_t, const auto&) { return Reply{401, "wrong key secret-k3y"}; });
  OpenAiChat chat(quick(server.url()));
  EXPECT_THAT([&] { chat.ask(how_good()); }, ThrowsMessage<UsageError>(AllOf(HasSubstr("UNIDG_TEST_CHAT_KEY"),
                                                                             HasSubstr("wrong key [key]"))));
  EXPECT_EQ(server.received().size(), 1u);
  ::unsetenv("UNIDG_TEST_CHAT_KEY");
  OpenAiChat keyless(quick(server.url()));
  EXPECT_THAT([&] { keyless.ask(how_good()); }, ThrowsMessage<UsageError>(HasSubstr("None was sent")));
  EXPECT_THAT(server.received().back().head, Not(HasSubstr("Authorization")));
}

TEST_F(OpenAi, TheKeyMayLieInAFile) {
  const TempFolder folder;
  HttpServer server([](std::size_t, const auto&) { return completion("{\"score\": 4}"); });
  auto config = quick(server.url());
  config.key_file = folder.write("key", "from-file\n").string();
  OpenAiChat(config).ask(how_good());
  EXPECT_THAT(server.received().at(0).head, HasSubstr("Bearer from-file\r\n"));
  config.key_file = folder.write("empty", " \n").string();
  EXPECT_THAT([&] { OpenAiChat{config}; }, ThrowsMessage<UsageError>(HasSubstr("empty")));
}

TEST_F(OpenAi, WrongSettingsAreRefusedBeforeAnythingIsSent) {
  auto config = quick("http://127.0.0.1:9");
  config.model = "";
  EXPECT_THROW(OpenAiChat{config}, UsageError);
  config = quick("localhost:9");
  EXPECT_THAT([&] { OpenAiChat{config}; }, ThrowsMessage<UsageError>(HasSubstr("http://")));
  config = quick("http://127.0.0.1:9");
  config.replay = true;
  EXPECT_THAT([&] { OpenAiChat{config}; }, ThrowsMessage<UsageError>(HasSubstr("cache")));
  HttpServer server([](std::size_t, const auto&) { return Reply{404, "no such model"}; });
  OpenAiChat chat(quick(server.url()));
  EXPECT_THAT([&] { chat.ask(how_good()); },
              ThrowsMessage<UsageError>(AllOf(HasSubstr("404"), HasSubstr("'judge'"))));
}

}  // namespace
}  // namespace unidg::chat
