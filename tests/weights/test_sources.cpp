#include <gmock/gmock.h>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/weights/scope.h"

namespace unidg::weights {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// Two shards and the index that joins them, as diffusers lays a component out.
struct Sharded : ::testing::Test {
  testing::TempFolder folder;
  fs::path root = folder / "transformer";
  fs::path index = root / "diffusion_pytorch_model.safetensors.index.json";
  Sharded() {
    save_safetensors(root / "part-1.safetensors", {{"a", torch::ones({2})}}, {{"format", "pt"}});
    save_safetensors(root / "part-2.safetensors", {{"b", torch::full({3}, 2.f)}});
    write(
        R"({"metadata":{"total_size":20},"weight_map":{"a":"part-1.safetensors","b":"part-2.safetensors"}})");
  }
  void write(const std::string& json) { write_file_atomic(index, json); }
  void expect_refusal(const std::string& json, const std::string& message) {
    write(json);
    EXPECT_THAT([&] { open_source(root); }, ThrowsMessage<FormatError>(HasSubstr(message))) << json;
  }
};

TEST_F(Sharded, IsOneSource) {
  for (const auto& path : {root, index}) {
    const auto source = open_source(path);
    EXPECT_THAT(source->names(), ElementsAre("a", "b"));
    EXPECT_EQ(source->load("b").sum().item<float>(), 6);
    EXPECT_EQ(source->dtype("b"), "F32");
    EXPECT_THAT(source->shape("a"), ElementsAre(2));
    EXPECT_EQ(source->metadata().at("format"), "pt");
  }
}

TEST_F(Sharded, NamesPlainSiblingsOnly) {
  save_safetensors(folder / "outside.safetensors", {{"a", torch::ones({2})}});
  const auto map_of = [](const std::string& name) { return R"({"weight_map":{"a":")" + name + R"("}})"; };
  expect_refusal(map_of("../outside.safetensors"), "not a plain file name");
  expect_refusal(map_of((folder / "outside.safetensors").string()), "not a plain file name");
  expect_refusal(map_of("sub/part-1.safetensors"), "not a plain file name");
  expect_refusal(map_of("sub\\\\part-1.safetensors"), "not a plain file name");
  expect_refusal(map_of(".."), "not a plain file name");
  expect_refusal(map_of(""), "not a plain file name");
  expect_refusal(map_of("part-1.safetensors\\u0000"), "not a plain file name");
  expect_refusal(map_of("part-9.safetensors"), "missing");
  fs::create_symlink("../outside.safetensors", root / "link.safetensors");
  expect_refusal(map_of("link.safetensors"), "leads out of the folder");
}

TEST_F(Sharded, FollowsTheLinksOfAHubCache) {
  const auto snapshot = folder / "snapshot";
  fs::create_directories(snapshot);
  for (const auto& item : fs::directory_iterator(root))
    fs::create_symlink(item.path(), snapshot / item.path().filename());
  EXPECT_THAT(open_source(snapshot)->names(), ElementsAre("a", "b"));
}

TEST_F(Sharded, RefusesContradictions) {
  expect_refusal(R"({"weight_map":{"a":"part-2.safetensors"}})", "does not hold it");
  expect_refusal(R"({"weight_map":{"a":"part-1.safetensors","a":"part-2.safetensors"}})", "appears twice");
  expect_refusal(R"({"weight_map":{"a":1}})", "is no file name");
  expect_refusal(R"({"weights":{}})", "weight_map");
  expect_refusal(R"([1])", "weight_map");
  save_safetensors(root / "part-2.safetensors", {{"a", torch::zeros({2})}, {"b", torch::ones({3})}});
  expect_refusal(R"({"weight_map":{"a":"part-1.safetensors","b":"part-2.safetensors"}})", "is repeated in");
}

TEST(OpenSource, FindsTheFileOfAFolder) {
  for (const auto* name :
       {"diffusion_pytorch_model.safetensors", "model.safetensors", "flux1-fill-dev.safetensors"}) {
    const testing::TempFolder folder;
    save_safetensors(folder / name, {{"w", torch::ones({1})}});
    folder.write("config.json", "{}");
    EXPECT_TRUE(open_source(folder.path())->contains("w")) << name;
  }
}

TEST(OpenSource, SaysWhyAFolderDoesNotServe) {
  const testing::TempFolder folder;
  const auto message = [&](const std::string& words) {
    EXPECT_THAT([&] { open_source(folder.path()); }, ThrowsMessage<FormatError>(HasSubstr(words)));
  };
  EXPECT_THAT([&] { open_source(folder / "nowhere"); }, ThrowsMessage<InputError>(HasSubstr("no such")));
  message("holds no *.safetensors");
  folder.write("pytorch_model.bin", "x");
  message("looks like a pickle");
  save_safetensors(folder / "a.safetensors", {});
  save_safetensors(folder / "b.safetensors", {});
  message("Name one of them");
  folder.write("model_index.json", "{}");
  message("name one component");
}

TEST(OpenSource, RecognisesAPickleUnderAnyName) {
  const testing::TempFolder folder;
  const std::string pickle("\x80\x02}q\x00.", 6);
  for (const auto* name : {"model.safetensors", "lora.ckpt", "weights.pt", "noextension"})
    EXPECT_THAT([&] { open_source(folder.write(name, pickle)); },
                ThrowsMessage<FormatError>(HasSubstr("Opening a pickle can run code")));
}

TEST(StripPrefix, HidesWhatLacksIt) {
  const auto inner = memory_source({{"vae.w", torch::ones({1})}, {"other", torch::ones({1})}}, "memory");
  const auto vae = strip_prefix(inner, "vae.");
  EXPECT_THAT(vae->names(), ElementsAre("w"));
  EXPECT_TRUE(vae->contains("w"));
  EXPECT_FALSE(vae->contains("other"));
}

}  // namespace
}  // namespace unidg::weights
