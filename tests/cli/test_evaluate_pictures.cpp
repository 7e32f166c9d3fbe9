#include "support/http_server.h"
#include "support/temp_folder.h"
#include "unidg/core/files.h"
#include "unidg/procedural/procedural.h"
#include "workshop.h"

namespace unidg::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// `unidg evaluate il | realism | judge`: what is asked of pictures. Real ones in MVTec's layout, "generated"
/// ones as pictures with masks by type.
class EvaluatePictures : public ::testing::Test {
 protected:
  static constexpr int kCount = 6, kSide = 64;

  EvaluatePictures() {
    for (int i = 0; i < kCount; ++i) {
      const auto name = std::to_string(i);
      const auto real = drawn(i), made = drawn(100 + i);
      save_png(folder / ("plate/test/rust/" + name + ".png"), real.abnormal);
      save_png(folder / ("plate/ground_truth/rust/" + name + "_mask.png"), real.mask);
      save_png(folder / ("plate/train/good/" + name + ".png"), drawn(200 + i).normal);
      save_png(folder / ("made/rust/" + name + ".png"), made.abnormal);
      save_png(folder / ("made/rust/" + name + "_mask.png"), made.mask);
    }
    write_tiny_model(folder / "tiny");
  }
  static procedural::Quadruplet drawn(int seed) {
    return procedural::draw("metal_plate", "rust", kSide, kSide, static_cast<std::uint64_t>(seed));
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }
  Ran evaluate(const std::string& what, const Arguments& more) const {
    Arguments words{"evaluate", what};
    words.insert(words.end(), more.begin(), more.end());
    return run_here(words);
  }
  TempFolder folder;
};

TEST_F(EvaluatePictures, IlNamesItsDistance) {
  const Arguments words{"--generated", path("made"), "--real", path("plate"), "--backbone", path("tiny")};
  auto ran = evaluate("il", words);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("(not LPIPS), variant magic"), HasSubstr("plate/rust"), HasSubstr("mean")));
  EXPECT_THAT(ran.err, HasSubstr("do not compare"));
  auto json = words;
  json.insert(json.end(), {"--json", "--variant", "seas", "--set", "il_a=none"});
  ran = evaluate("il", json);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  const auto found = parse_json(ran.out, "stdout");
  EXPECT_EQ(found["settings"]["variant"], "seas");
  EXPECT_EQ(found["types"][0]["generated"], kCount);
  EXPECT_EQ(found["is_lpips"], false);
}

TEST_F(EvaluatePictures, IlRefusesBadInput) {
  EXPECT_EQ(evaluate("il", {"--generated", path("made")}).exit, 2);
  auto ran = evaluate("il", {"--generated", path("made"), "--real", path("plate"), "--heads", path("h")});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("--backbone"));
  ran = evaluate("il", {"--generated", path("none"), "--real", path("plate"), "--backbone", path("tiny")});
  EXPECT_EQ(ran.exit, 3);
  EXPECT_THAT(ran.err, HasSubstr("none"));
}

TEST_F(EvaluatePictures, RealismTellsWhatItMeasured) {
  const Arguments words{"--generated", path("made/rust"), "--real", path("plate"), "--seed", "3"};
  auto ran = evaluate("realism", words);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("regions"), HasSubstr("seams"), HasSubstr("50 % is perfect")));
  auto json = words;
  json.push_back("--json");
  ran = evaluate("realism", json);
  const auto found = parse_json(ran.out, "stdout");
  EXPECT_EQ(found["pairs"].get<int>() + found["generated_left"].get<int>(), kCount);
  EXPECT_TRUE(found["region"]["balanced_accuracy"].contains("value"));
  std::filesystem::remove_all(folder / "made/rust");
  EXPECT_EQ(evaluate("realism", words).exit, 3);
}

class EvaluateJudge : public EvaluatePictures {
 protected:
  void SetUp() override {
    ::setenv("UNIDG_TEST_CHAT_KEY", "secret-k3y", 1);
    const auto line = [](int i) {
      const auto name = std::to_string(i);
      return Json{{"id", "pair-" + name},
                  {"reference", "plate/test/rust/" + name + ".png"},
                  {"reference_mask", "plate/ground_truth/rust/" + name + "_mask.png"},
                  {"target", "made/rust/" + name + ".png"},
                  {"target_mask", "made/rust/" + name + "_mask.png"}}
                 .dump() +
             "\n";
    };
    folder.write("pairs.jsonl", line(0) + line(1));
  }
  void TearDown() override { ::unsetenv("UNIDG_TEST_CHAT_KEY"); }

  static HttpServer::Reply scores(const Json& reasonability) {
    const Json answer = {{"Analysis", "fine"},
                         {"Reference Adherence", 4},
                         {"Consistency", {3.5}},
                         {"Reasonability", reasonability},
                         {"Overall Quality", 2}};
    return {200, Json{{"model", "judge-2026"},
                      {"choices", {{{"message", {{"role", "assistant"}, {"content", answer.dump()}}}}}}}
                     .dump()};
  }
  Ran judge(const HttpServer& server, const Arguments& more = {}) const {
    Arguments words{"--pairs",    path("pairs.jsonl"),   "--model",        "judge",
                    "--base-url", server.url() + "/v1",  "--key-variable", "UNIDG_TEST_CHAT_KEY",
                    "--set",      "chat.backoff_s=0.01", "--set",          "chat.attempts=2"};
    words.insert(words.end(), more.begin(), more.end());
    return evaluate("judge", words);
  }
};

TEST_F(EvaluateJudge, PrintsMeansAndKeepsVerdictsAndAnswers) {
  HttpServer server([](std::size_t, const auto&) { return scores(5); });
  const Arguments words{"--out", path("verdicts.jsonl"), "--cache", path("answers")};
  const auto ran = judge(server, words);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("4.00"), HasSubstr("3.50"), HasSubstr("5.00"), HasSubstr("judge-2026")));
  EXPECT_THAT(read_file(folder / "verdicts.jsonl"), AllOf(HasSubstr("pair-0"), HasSubstr("pair-1")));
  const auto asked = server.received().size();
  EXPECT_EQ(asked, 2u);
  EXPECT_EQ(judge(server, words).exit, 2) << "the verdicts are there already";
  std::filesystem::remove(folder / "verdicts.jsonl");
  EXPECT_EQ(judge(server, words).exit, 0);
  EXPECT_EQ(server.received().size(), asked) << "a rerun costs nothing";
}

TEST_F(EvaluateJudge, AMissingAnswerIsMissing) {
  HttpServer server([](std::size_t i, const auto&) { return scores(i == 0 ? Json(5) : Json("very")); });
  const auto ran = judge(server, {"--json", "--set", "chat.concurrency=1"});
  EXPECT_EQ(ran.exit, 5) << ran.err;
  const auto found = parse_json(ran.out, "stdout");
  EXPECT_EQ(found["judges"][0]["scored"], 1);
  EXPECT_EQ(found["judges"][0]["missing"], 1);
  EXPECT_THAT(ran.err, HasSubstr("1 of 2 pairs have no scores"));
}

TEST_F(EvaluateJudge, RefusesWhatItCannotAsk) {
  EXPECT_EQ(evaluate("judge", {"--model", "m"}).exit, 2);
  EXPECT_EQ(evaluate("judge", {"--pairs", path("pairs.jsonl")}).exit, 2);
  EXPECT_EQ(evaluate("judge", {"--pairs", path("absent.jsonl"), "--model", "m"}).exit, 3);
}

}  // namespace
}  // namespace unidg::testing
