#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unidg/core/config.h"

namespace unidg {
namespace {

using ::testing::HasSubstr;

struct Inner {
  double ratio = 0.6;
};
void fields(FieldVisitor& visit, Inner& c) { visit("ratio", c.ratio, in(0, 1), "a share"); }
struct Outer {
  std::int64_t steps = 28;
  std::string hole = "auto";
  bool fast = false;
  Inner inner;
};
void fields(FieldVisitor& visit, Outer& c) {
  visit("steps", c.steps, in(1, 1000), "steps");
  visit("hole", c.hole, one_of({"auto", "black"}), "hole");
  visit("fast", c.fast, any(), "fast");
  visit.group("inner", c.inner);
}

std::string error_of(const Json& values) {
  Outer config;
  try {
    read_fields(config, values, "run.json");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Config, TakesNestedAndDottedKeys) {
  Outer config;
  read_fields(config, Json{{"steps", 8}, {"inner", {{"ratio", 0.25}}}}, "a");
  read_fields(config, parse_assignment("hole=black"), "--set");
  read_fields(config, parse_assignment("fast=true"), "--set");
  EXPECT_EQ(config.steps, 8);
  EXPECT_EQ(config.inner.ratio, 0.25);
  EXPECT_EQ(config.hole, "black");
  EXPECT_TRUE(config.fast);
}

TEST(Config, RefusesUnknownKeysAndNamesTheNearest) {
  EXPECT_THAT(error_of({{"stepz", 8}}), HasSubstr("did you mean 'steps'"));
  EXPECT_THAT(error_of({{"inner", {{"ration", 1}}}}), HasSubstr("inner.ratio"));
}

TEST(Config, RefusesWrongTypesAndRanges) {
  EXPECT_THAT(error_of({{"steps", "many"}}), HasSubstr("run.json: 'steps' is \"many\""));
  EXPECT_THAT(error_of({{"steps", 0}}), HasSubstr("[1, 1000]"));
  EXPECT_THAT(error_of({{"steps", 2.5}}), HasSubstr("'steps'"));
  EXPECT_THAT(error_of({{"hole", "pink"}}), HasSubstr("auto | black"));
  EXPECT_THAT(error_of({{"fast", 1}}), HasSubstr("'fast'"));
}

TEST(Config, EchoReadsBack) {
  Outer config, back;
  config.steps = 5;
  config.inner.ratio = 0.125;
  read_fields(back, echo_fields(config), "echo");
  EXPECT_EQ(back.steps, 5);
  EXPECT_EQ(back.inner.ratio, 0.125);
}

TEST(ParseJson, RefusesDuplicateKeysTrailingTextAndDeepNesting) {
  EXPECT_THROW(parse_json(R"({"a": 1, "a": 2})", "x"), FormatError);
  EXPECT_THROW(parse_json(R"({"a": 1} b)", "x"), FormatError);
  EXPECT_THROW(parse_json(std::string(200, '[') + std::string(200, ']'), "x"), FormatError);
  EXPECT_EQ(parse_json(R"({"a": {"a": 1}})", "x")["a"]["a"], 1);
}

}  // namespace
}  // namespace unidg
