#include "../sft/run/tiny_cache.h"
#include "support/tiny_fill.h"
#include "unidg/core/rng.h"
#include "unidg/dataset/manifest.h"
#include "unidg/weights/adapters.h"
#include "workshop.h"

namespace unidg::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Sft : public ::testing::Test {
 protected:
  Sft() { write_tiny_fill(folder / "fill"); }
  std::string path(const std::string& name) const { return (folder / name).string(); }
  TempFolder folder;
};

TEST_F(Sft, FromASetToAnAdapterThatPaints) {
  auto ran = run_here({"procedural", "--out", path("drawn"), "--count", "8", "--size", "64", "--product",
                       "metal", "--defect", "scratch", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  ran = run_here({"dataset", "import", path("drawn"), "--out", path("set"), "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  ran = run_here({"sft", "plan", path("set"), "--out", path("plan"), "--set", "sampling.ratio=1:1:0", "--set",
                  "select.held_out=0.3", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  ran = run_here({"sft", "cache", "--plan", path("plan/plan.jsonl"), "--model", path("fill"), "--out",
                  path("cache"), "--set", "editing.size=64", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto cached = parse_json(ran.out, "stdout");
  EXPECT_GT(cached["pairs"], 3);
  EXPECT_GT(cached["held_out"], 0);
  const Arguments train{"sft",          "train",   "--cache",   path("cache"), "--model",
                        path("fill"),   "--run",   path("run"), "--steps",     "3",
                        "--set",        "batch=4", "--set",     "lora.rank=2", "--set",
                        "lora.alpha=2", "--json"};
  ran = run_here(train);
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto result = parse_json(ran.out, "stdout");
  EXPECT_EQ(result["steps"], 3);
  EXPECT_EQ(result["complete"], true);
  EXPECT_GT(result["best_step"], 0);
  EXPECT_TRUE(fs::exists(folder / "run/samples/step-3.png"));
  ran = run_here({"inspect", path("run/adapter.safetensors")});
  EXPECT_THAT(ran.out, HasSubstr("LoRA")) << ran.out << ran.err;

  const auto entries = dataset::read_manifest(folder / "drawn");
  ran = run_here({"generate",
                  "--reference",
                  path("drawn/" + entries[0].abnormal),
                  "--reference-mask",
                  path("drawn/" + entries[0].mask),
                  "--scenes",
                  path("drawn/" + entries[1].normal),
                  "--masks",
                  path("drawn/" + entries[1].mask),
                  "--model",
                  path("fill"),
                  "--lora",
                  path("run/adapter.safetensors"),
                  "--set",
                  "editing.size=64",
                  "--steps",
                  "2",
                  "--out",
                  path("out"),
                  "--json"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(
      parse_json(ran.out, "stdout")["made"].get<int>() + parse_json(ran.out, "stdout")["weak"].get<int>(), 1);

  auto forecast = train;
  forecast.insert(forecast.end(), {"--dry-run", "--device", "cpu"});
  ran = run_here(forecast);
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto plan = parse_json(ran.out, "stdout");
  EXPECT_EQ(plan["tokens"], 2 * 4 * 4);
  EXPECT_GT(plan["trained_parameters"], 0);
  EXPECT_GT(plan["peak_bytes"], plan["weights"]);
  forecast[7] = path("none");
  ASSERT_EQ(run_here(forecast).exit, 0);
  EXPECT_FALSE(fs::exists(folder / "none"));

  // Another base: the adapter names what does not fit.
  auto other = train;
  other[7] = path("run2");
  other.insert(other.end(), {"--set", "lora.targets=nothing_like_it"});
  ran = run_here(other);
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("lora.targets 'nothing_like_it'"), HasSubstr("fits none")));
  EXPECT_EQ(
      run_here({"sft", "train", "--cache", path("cache"), "--model", path("nowhere"), "--run", path("r")})
          .exit,
      3);
}

TEST_F(Sft, AFullDiskLosesNoCheckpoint) {
  sft::write_tiny_cache(folder / "cache");
  const Arguments train{
      "sft",       "train", "--cache", path("cache"), "--model",     path("fill"), "--run",
      path("run"), "--set", "batch=3", "--set",       "lora.rank=2", "--set",      "sample_every=1000"};
  auto three = train, more = train;
  three.insert(three.end(), {"--steps", "3"});
  more.insert(more.end(), {"--steps", "6"});
  ASSERT_EQ(Program(three).wait().exit, 0);
  const auto before = read_file(folder / "run/checkpoints/step-000003.safetensors");
  const auto ran = Program(more, {}, 20'000).wait();  // a checkpoint is larger
  EXPECT_EQ(ran.exit, 1) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("safetensors"));
  EXPECT_TRUE(read_file(folder / "run/checkpoints/step-000003.safetensors") == before);
  EXPECT_EQ(Program(more).wait().exit, 0);
}

TEST_F(Sft, SlowKilled30TimesEndsBitEqual) {
  sft::write_tiny_cache(folder / "cache");
  const auto train = [&](const std::string& run) {
    return Arguments{"sft",     "train",
                     "--cache", path("cache"),
                     "--model", path("fill"),
                     "--run",   path(run),
                     "--set",   "batch=3",
                     "--set",   "micro=2",
                     "--set",   "lora.rank=2",
                     "--set",   "save_every=3",
                     "--set",   "validate_every=5",
                     "--set",   "sample_every=100000",
                     "--steps", "700"};
  };
  ASSERT_EQ(Program(train("straight")).wait().exit, 0);
  Rng rng(1, "kills");
  int killed = 0;
  for (int i = 0; i < 30; ++i) {
    Program program(train("killed"));
    ::usleep(static_cast<useconds_t>(1000 * (600 + rng.integer(600))));
    program.signal(SIGKILL);
    killed += program.wait().exit == 128 + SIGKILL;
  }
  EXPECT_GT(killed, 5);
  ASSERT_EQ(Program(train("killed")).wait().exit, 0);
  for (const char* name : {"adapter.safetensors", "best-adapter.safetensors"})
    EXPECT_TRUE(read_file(folder / "straight" / name) == read_file(folder / "killed" / name)) << name;
  const auto losses = [&](const char* run, const char* log) {
    std::istringstream lines(read_file(folder / run / log));
    std::string line, out;
    while (std::getline(lines, line)) out += parse_json(line, "log")["loss"].dump() + "\n";
    return out;
  };
  for (const char* log : {"log.jsonl", "validation.jsonl"})
    EXPECT_EQ(losses("straight", log), losses("killed", log)) << log;
}

}  // namespace
}  // namespace unidg::testing
