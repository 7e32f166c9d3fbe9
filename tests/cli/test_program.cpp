#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>

#include "run_here.h"
#include "unidg/cli/generate_options.h"
#include "unidg/cli/program.h"
#include "unidg/core/error.h"
#include "unidg/core/version.h"

namespace unidg::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;
using ::unidg::testing::Arguments;
using ::unidg::testing::run_here;

template <typename E>
int exit_of(const E& error) {
  return static_cast<int>(describe_failure(std::make_exception_ptr(error)).exit);
}

TEST(ExitCode, SaysWhoMustAct) {
  EXPECT_EQ(exit_of(Error("x")), 1);
  EXPECT_EQ(exit_of(std::runtime_error("x")), 1);
  EXPECT_EQ(exit_of(ServiceError("x")), 1);
  EXPECT_EQ(exit_of(UsageError("x")), 2);
  EXPECT_EQ(exit_of(InputError("x")), 3);
  EXPECT_EQ(exit_of(FormatError("x")), 3);
  EXPECT_EQ(exit_of(std::bad_alloc()), 4);
  EXPECT_EQ(exit_of(Interrupted("x")), 130);
}

TEST(ExitCode, LibTorchOutOfMemoryIsFour) {
  int exit = 0;
  std::string message;
  try {
    torch::empty({std::int64_t{1} << 46}, torch::kFloat32);
  } catch (...) {
    const auto failure = describe_failure(std::current_exception());
    exit = static_cast<int>(failure.exit);
    message = failure.message;
  }
  EXPECT_EQ(exit, 4);
  EXPECT_THAT(message, HasSubstr("unidg doctor"));
}

TEST(CommandLine, NamesTheNearestOptionAndCommand) {
  auto ran = run_here({"generate", "--refrence", "x.png", "--out", "o"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, AllOf(StartsWith("error: "), HasSubstr("'--refrence'"),
                             HasSubstr("Did you mean '--reference'?")));
  ran = run_here({"genrate", "--out", "o"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("'genrate'"), HasSubstr("Did you mean 'generate'?")));
  ran = run_here({"train", "bas"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("Did you mean 'base'?"));
  ran = run_here({"generate", "--zzzzzzzzzz=3"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("'--zzzzzzzzzz'"), Not(HasSubstr("Did you mean"))));
  ran = run_here({"generate", "stray.png"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("'stray.png'"));
}

TEST(CommandLine, WrongValuesAreUsageErrors) {
  const std::pair<Arguments, std::string> wrongs[] = {
      {{"generate", "--seed", "abc"}, "--seed"},
      {{"generate", "--seed", "-1"}, "--seed"},
      {{"generate", "--seed", "1.5"}, "--seed"},
      {{"generate", "--steps"}, "--steps"},
      {{"generate", "--count", "2", "--count", "3"}, "--count"},
      {{"generate"}, "--out is missing"},
      {{}, "no command given"},
      {{"train"}, "base, codec"},
      {{"train", "base"}, "--shards is missing"},
      {{"train", "base", "--shards", "s"}, "--run is missing"},
      {{"merge"}, "DIR is missing"},
      {{"inspect"}, "FILE|DIR is missing"},
      {{"parity"}, "no case given"},
      {{"parity", "x", "--tolerance", "0"}, "--tolerance"},
      {{"procedural", "--out", "o"}, "--count"},
      {{"procedural", "--count", "1"}, "--out is missing"},
      {{"procedural", "--out", "o", "--count", "1", "--seed", "-1"}, "--seed"},
      {{"prepare"}, "--out is missing"}};
  for (const auto& [words, part] : wrongs) {
    const auto ran = run_here(words);
    EXPECT_EQ(ran.exit, 2) << ::testing::PrintToString(words) << ran.err;
    EXPECT_THAT(ran.err, AllOf(StartsWith("error: "), HasSubstr(part)));
    EXPECT_EQ(ran.out, "");
  }
}

TEST(CommandLine, ErrorsAreJsonLinesOnRequest) {
  const auto ran = run_here({"generate", "--json", "--refrence", "x"});
  EXPECT_EQ(ran.exit, 2);
  const auto line = parse_json(ran.err, "stderr");
  EXPECT_EQ(line["event"], "error");
  EXPECT_EQ(line["exit"], 2);
  EXPECT_THAT(line["message"].get<std::string>(), HasSubstr("--reference"));
}

TEST(CommandLine, HelpAndVersionAreResults) {
  for (const auto& words :
       {Arguments{"--help"}, Arguments{"generate", "--help"}, Arguments{"train", "base", "--help"}}) {
    const auto ran = run_here(words);
    EXPECT_EQ(ran.exit, 0);
    EXPECT_THAT(ran.out, AllOf(HasSubstr("--help"), HasSubstr("xample")));
    EXPECT_EQ(ran.err, "");
  }
  EXPECT_EQ(run_here({"--version"}).out, std::string("unidg ") + kVersion + "\n");
}

TEST(CommandLine, VersionIsTheBuildsVersion) {
  const auto build = read_file(std::filesystem::path(UNIDG_SOURCE_DIR) / "CMakeLists.txt");
  EXPECT_THAT(build, HasSubstr(std::string("project(unidg VERSION ") + kVersion + " "));
}

TEST(Lora, WeightStandsBehindTheColon) {
  ::unidg::testing::TempFolder folder;
  const auto odd = folder.write("a:0.5", "").string();
  EXPECT_EQ(parse_lora("x.safetensors"), std::make_pair(std::filesystem::path("x.safetensors"), 1.0));
  EXPECT_EQ(parse_lora("x.safetensors:-0.25"), std::make_pair(std::filesystem::path("x.safetensors"), -0.25));
  EXPECT_EQ(parse_lora(odd), std::make_pair(std::filesystem::path(odd), 1.0));
  EXPECT_THAT([] { parse_lora("x.safetensors:much"); }, ThrowsMessage<UsageError>(HasSubstr("'much'")));
}

TEST(Precedence, FlagsOverSetOverFileOverDefault) {
  ::unidg::testing::TempFolder folder;
  const auto file =
      folder.write("c.json", R"({"paint": {"steps": 3, "guidance": 4, "start": 0.25}, "weak_below": 9})");
  CLI::App app;
  GenerateOptions options;
  options.declare(app);
  std::vector<std::string> words{"--config", file.string(),      "--set",   "paint.steps=5",
                                 "--set",    "paint.guidance=6", "--steps", "7"};
  std::reverse(words.begin(), words.end());
  app.parse(words);
  const auto config = options.config();
  EXPECT_EQ(config.generate.paint.steps, 7);     // flag
  EXPECT_EQ(config.generate.paint.guidance, 6);  // --set
  EXPECT_EQ(config.generate.paint.start, 0.25);  // file
  EXPECT_EQ(config.generate.weak_below, 9);
  EXPECT_EQ(config.generate.editing.dilate_kernel, 7);  // default
}

TEST(Precedence, UnknownAndWrongSettingsAreNamed) {
  const auto refused = [](const std::string& assignment) {
    const auto ran = run_here({"generate", "--out", "nowhere", "--set", assignment});
    EXPECT_EQ(ran.exit, 2);
    return ran.err;
  };
  EXPECT_THAT(refused("paint.step=3"), AllOf(HasSubstr("paint.step"), HasSubstr("paint.steps")));
  EXPECT_THAT(refused("paint.steps=many"), HasSubstr("paint.steps"));
  EXPECT_THAT(refused("masks.min_area=-1"), HasSubstr("masks.min_area"));
  EXPECT_THAT(refused("paint.hole=purple"), HasSubstr("grey"));
  EXPECT_THAT(refused("steps"), HasSubstr("key=value"));
}

}  // namespace
}  // namespace unidg::cli
