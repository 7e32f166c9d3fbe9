#include <torch/version.h>

#include "unidg/core/config.h"
#include "unidg/core/files.h"
#include "unidg/dataset/manifest.h"
#include "unidg/generation/generator.h"
#include "unidg/weights/safetensors.h"
#include "workshop.h"

namespace unidg::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(ProceduralCommand, DrawsTheSameAgainAndGoesOn) {
  TempFolder folder;
  const auto draw = [&](const std::string& out, const std::string& count) {
    return run_here({"procedural", "--out", (folder / out).string(), "--count", count, "--seed", "3",
                     "--size", "64", "--product", "fabric", "--json"});
  };
  ASSERT_EQ(draw("a", "2").exit, 0);
  const auto more = draw("a", "3");
  EXPECT_EQ(parse_json(more.out, "stdout")["skipped"], 2);
  EXPECT_EQ(parse_json(more.out, "stdout")["made"], 1);
  ASSERT_EQ(draw("b", "3").exit, 0);
  EXPECT_EQ(folder_content(folder / "a"), folder_content(folder / "b"));
  EXPECT_THAT(dataset::read_manifest(folder / "a"), SizeIs(3));
  const auto wrong =
      run_here({"procedural", "--out", (folder / "c").string(), "--count", "1", "--product", "fabrik"});
  EXPECT_EQ(wrong.exit, 2);
  EXPECT_THAT(wrong.err, HasSubstr("fabric"));
  EXPECT_FALSE(fs::exists(folder / "c"));
  EXPECT_EQ(run_here({"procedural", "--out", (folder / "c").string(), "--count", "1", "--size", "9"}).exit,
            2);
}

TEST(MergeCommand, NamesTheShardThatIsMissing) {
  TempFolder folder;
  folder.write("out/manifest-1-of-2.jsonl", "");
  const auto ran = run_here({"merge", (folder / "out").string()});
  EXPECT_EQ(ran.exit, 3);
  EXPECT_THAT(ran.err, HasSubstr("shard 2 of 2"));
  EXPECT_EQ(run_here({"merge", (folder / "nowhere").string()}).exit, 3);
}

TEST(InspectCommand, TellsWeightsAndRefusesPickle) {
  TempFolder folder;
  weights::save_safetensors(folder / "a.safetensors", {{"x.weight", torch::zeros({3, 5}, torch::kBFloat16)}},
                            {{"license", "MIT"}});
  auto ran = run_here({"inspect", (folder / "a.safetensors").string(), "--tensors"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("x.weight"), HasSubstr("BF16"), HasSubstr("MIT")));
  ran = run_here({"inspect", (folder / "a.safetensors").string(), "--json"});
  EXPECT_TRUE(Json::accept(ran.out));
  folder.write("b.safetensors", std::string("\x80\x04\x95", 3) + std::string(64, '\0'));
  ran = run_here({"inspect", (folder / "b.safetensors").string()});
  EXPECT_EQ(ran.exit, 3);
  EXPECT_THAT(ran.err, HasSubstr("pickle"));
  EXPECT_EQ(run_here({"inspect", (folder / "nowhere").string()}).exit, 3);
}

TEST(DoctorCommand, KnowsTheMachineAndTheModels) {
  const auto ran = run_here({"doctor", "--json"});
  const auto report = parse_json(ran.out, "stdout");
  EXPECT_EQ(ran.exit, report["embedded"]["found"].get<bool>() ? 0 : 1);
  EXPECT_GE(report["machine"]["cores"], 1);
  EXPECT_EQ(report["libtorch"]["version"], TORCH_VERSION);
  EXPECT_THAT(report["full_size"], SizeIs(6));
  EXPECT_THAT(run_here({"doctor"}).out, AllOf(HasSubstr("LibTorch"), HasSubstr("768 px")));
}

TEST(ParityCommand, FailsWhenAnOutputDiffers) {
  TempFolder folder;
  folder.write("no.safetensors", "nothing");
  EXPECT_EQ(run_here({"parity", (folder / "no.safetensors").string()}).exit, 3);
  fs::path stored;
  const auto golden = fs::path(UNIDG_TESTS_DIR) / "models/golden";
  if (fs::exists(golden))
    for (const auto& entry : fs::directory_iterator(golden))
      if (entry.path().filename().string().rfind("redux", 0) == 0) stored = entry.path();
  if (stored.empty()) GTEST_SKIP() << "no stored Redux case beside the tests";
  auto ran = run_here({"parity", stored.string(), "--json"});
  EXPECT_EQ(ran.exit, 0) << ran.out << ran.err;
  EXPECT_TRUE(parse_json(ran.out, "stdout")["passed"].get<bool>());
  ran = run_here({"parity", (folder / "no.safetensors").string(), stored.string(), "--json"});
  EXPECT_EQ(ran.exit, 3);
  EXPECT_TRUE(parse_json(ran.out, "stdout")["cases"][1]["passed"].get<bool>());
  const auto file = weights::SafetensorsFile::open(stored);
  std::map<std::string, torch::Tensor> changed;
  for (const auto& [name, info] : file->tensors())
    changed[name] = name.rfind("out.", 0) == 0 ? file->tensor(name) * 1.01 : file->tensor(name);
  weights::save_safetensors(folder / "changed.safetensors", changed, file->metadata());
  ran = run_here({"parity", (folder / "changed.safetensors").string()});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_EQ(run_here({"parity", (folder / "changed.safetensors").string(), "--tolerance", "0.05"}).exit, 0);
}

TEST(TrainCommand, PreparesFitsAndTrainsAFewStepsSlow) {
  TempFolder folder;
  const auto shards = (folder / "shards").string(), run = (folder / "run").string();
  auto ran = run_here({"prepare", "--out", shards, "--set", "pairs=16", "--set", "size=128", "--set",
                       "shard_pairs=8", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_GE(parse_json(ran.out, "stdout")["pairs"], 16);
  ran = run_here({"train", "codec", "--shards", shards, "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_GT(parse_json(ran.out, "stdout")["psnr_db"].get<double>(), 20);
  ran = run_here(
      {"train", "base", "--shards", shards, "--run", run, "--steps", "2", "--set", "batch=2", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_TRUE(parse_json(ran.out, "stdout")["complete"].get<bool>());
  EXPECT_TRUE(fs::exists(folder / "run/model/model_index.json"));
  EXPECT_EQ(run_here({"train", "base", "--shards", (folder / "nowhere").string(), "--run", run}).exit, 3);
}

TEST(Commands, AdaptTeachesTheEmbeddedModelAndItsAdapterPaints) {
  const TempFolder folder;
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  auto ran = run_here({"procedural", "--out", path("drawn"), "--count", "3", "--size", "128", "--product",
                       "metal", "--defect", "scratch"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  ran = run_here({"adapt", "--references", path("drawn"), "--scenes", path("drawn"), "--out",
                  path("own.safetensors"), "--steps", "2", "--set", "pairs.pairs=6", "--set", "train.batch=2",
                  "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto result = parse_json(ran.out, "stdout");
  EXPECT_EQ(result["steps"], 2);
  EXPECT_EQ(result["references"], 3);
  EXPECT_EQ(load_image(folder / "own.png").width(), 4 * 200);
  EXPECT_TRUE(fs::exists(folder / "own.training.jsonl"));
  const auto entry = dataset::read_manifest(folder / "drawn").front();
  const Arguments paint{"generate",
                        "--reference",
                        path("drawn/" + entry.abnormal),
                        "--reference-mask",
                        path("drawn/" + entry.mask),
                        "--scenes",
                        path("drawn/" + entry.normal),
                        "--masks",
                        path("drawn/" + entry.mask),
                        "--lora",
                        path("own.safetensors"),
                        "--out",
                        path("out"),
                        "--json"};
  ran = run_here(paint);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  // An adapter of other weights is refused by name.
  auto other = paint;
  fs::copy(generation::embedded_model_folder(), folder / "model", fs::copy_options::recursive);
  auto weights = read_file(folder / "model/transformer/diffusion_pytorch_model.safetensors");
  weights.back() = static_cast<char>(weights.back() ^ 1);
  write_file_atomic(folder / "model/transformer/diffusion_pytorch_model.safetensors", weights);
  other.insert(other.end(), {"--model", path("model")});
  ran = run_here(other);
  EXPECT_NE(ran.exit, 0);
  EXPECT_THAT(ran.err, HasSubstr("another small model"));
}

}  // namespace
}  // namespace unidg::testing
