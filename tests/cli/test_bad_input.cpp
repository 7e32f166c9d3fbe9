// Every wrong input ends in its exit code and a message that names file, fault and remedy; nothing is
// written.
#include "support/picture_bytes.h"
#include "unidg/weights/safetensors.h"
#include "workshop.h"

namespace unidg::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class BadInput : public Workshop {
 protected:
  using Changes = std::vector<std::pair<std::string, std::string>>;
  /// @param words all of them stand in the message
  void refused(int exit, const Changes& changes, const std::vector<std::string>& words) {
    const auto ran = run_here(generate(changes));
    EXPECT_EQ(ran.exit, exit) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("error: "));
    for (const auto& word : words) EXPECT_THAT(ran.err, HasSubstr(word));
    EXPECT_EQ(ran.out, "");
    EXPECT_FALSE(fs::exists(folder / "out/abnormal"));
  }
  /// The same with `bytes` as the only scene.
  void refused_scene(const std::string& name, const std::string& bytes,
                     const std::vector<std::string>& words) {
    refused(3, {{"--scenes", folder.write(name, bytes).string()}}, words);
  }
};

TEST_F(BadInput, Masks) {
  save_png(folder / "small.png", square_mask(64, 20));
  refused(3, {{"--masks", path("small.png")}}, {"small.png", "64x64", "96x96"});
  save_png(folder / "empty.png", Mask(kSide, kSide));
  refused(3, {{"--masks", path("empty.png")}}, {"empty.png", "empty"});
  folder.write("grey.png", encoded(noise(kSide, kSide, PixelFormat::Gray8), ".png"));
  refused(3, {{"--masks", path("grey.png")}}, {"grey.png", "not binary"});
  Image alpha(kSide, kSide, PixelFormat::Rgba8);
  alpha.pixels().setTo(cv::Scalar(0, 0, 0, 255));
  alpha.pixels()(cv::Rect(10, 10, 20, 20)) = cv::Scalar(0, 0, 0, 0);
  save_png(folder / "alpha.png", alpha);
  refused(3, {{"--masks", path("alpha.png")}}, {"alpha.png", "alpha"});
  refused(3, {{"--masks", path("nowhere.png")}}, {"nowhere.png"});
  fs::create_directory(folder / "no-masks");
  refused(3, {{"--masks", path("no-masks")}}, {"no-masks"});
  save_png(folder / "some/000_mask.png", square_mask(kSide, 20));
  refused(3, {{"--masks", path("some")}}, {"001"});
  save_png(folder / "reference_mask.png", Mask(kSide, kSide));
  refused(3, {}, {"reference_mask.png", "empty"});
  fs::remove(folder / "reference_mask.png");
  refused(3, {}, {"reference.png", "--reference-mask"});
}

TEST_F(BadInput, Pictures) {
  const auto grey = noise(kSide, kSide, PixelFormat::Gray8);
  refused_scene("words.png", "no picture at all", {"words.png"});
  const auto whole = encoded(grey, ".png");
  refused_scene("cut.png", whole.substr(0, whole.size() / 2), {"cut.png"});
  const auto animation = png_chunk("acTL", number(2, 4, true) + number(0, 4, true));
  refused_scene("moving.png", png_file(2, 2, 8, 0, animation, std::string(6, '\0')),
                {"moving.png", "animat"});
  refused_scene("bomb.png", png_file(0x7fffffff, 0x7fffffff, 8, 2, "", "x"), {"bomb.png", "2147483647"});
  refused(3, {{"--scenes", path("nowhere")}}, {"nowhere"});
  fs::create_directory(folder / "none");
  refused(3, {{"--scenes", path("none")}}, {"none", "no picture"});
  refused(3, {{"--reference", path("nowhere.png")}}, {"nowhere.png"});
  refused(3, {{"--reference", ""}, {"--references", path("none")}}, {"none"});
}

/// A baseline JPEG header that declares four components, as print software writes CMYK.
std::string cmyk_jpeg() {
  using namespace std::string_literals;
  std::string frame = "\x08"s + number(16, 2, true) + number(16, 2, true) + "\x04"s;
  for (char component = 1; component <= 4; ++component) frame += std::string{component, '\x11', '\0'};
  return "\xff\xd8\xff\xc0"s + number(static_cast<std::uint32_t>(frame.size() + 2), 2, true) + frame +
         "\xff\xd9"s;
}

TEST_F(BadInput, CmykIsNamed) { refused_scene("print.jpg", cmyk_jpeg(), {"print.jpg", "CMYK"}); }

TEST_F(BadInput, TurnedPhotosAreTurnedBack) {
  const auto lying = with_exif(encoded(noise(kSide, 64, PixelFormat::Rgb8), ".jpg"), 6, true);
  folder.write("turned.jpg", lying);  // 96 x 64 as stored, 64 x 96 as seen
  Mask mask(64, kSide);
  mask.pixels()(cv::Rect(20, 40, 16, 16)) = 255;
  save_png(folder / "turned_mask.png", mask);
  const auto ran =
      run_here(generate({{"--scenes", path("turned.jpg")}, {"--masks", path("turned_mask.png")}}));
  EXPECT_EQ(ran.exit, 0) << ran.err;
}

TEST_F(BadInput, OutputFolders) {
  refused(2, {{"--out", ""}}, {"--out"});
  refused(2, {{"--out", path("picture.jpg")}}, {"picture.jpg", "PNG"});
  refused(2, {{"--out", path("mask.png")}}, {"mask.png", "is a file"});
  folder.write("full/notes.txt", "mine");
  refused(2, {{"--out", path("full")}}, {"full", "not empty"});
}

TEST_F(BadInput, AFolderThatMayNotBeWrittenIsNamed) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere; the read-only folder is not tried";
  fs::create_directory(folder / "locked");
  fs::permissions(folder / "locked", fs::perms::owner_read | fs::perms::owner_exec);
  refused(1, {{"--out", path("locked/out")}}, {"locked", "ermission denied"});
  fs::permissions(folder / "locked", fs::perms::owner_all);
}

TEST_F(BadInput, ReadOnlyPlaceIsNamed) {
  refused(1, {{"--out", "/proc/unidg-out"}},
          {"/proc/unidg-out"});  // no one may create a folder there, root included
}

TEST_F(BadInput, ADiskThatRefusesLeavesNoHalfFile) {
  Program running(generate(), {}, /*file_limit=*/6000);  // the pictures are larger
  const auto ran = running.wait();
  EXPECT_EQ(ran.exit, 1) << ran.err;
  EXPECT_THAT(ran.err, AllOf(HasSubstr("error: "), HasSubstr(path("out")), HasSubstr("cannot write")));
  for (const auto& [name, bytes] : folder_content(folder / "out"))
    EXPECT_THAT(name, Not(HasSubstr(".png"))) << name;
}

TEST_F(BadInput, Flags) {
  refused(2, {{"--shard", "3/2"}}, {"--shard 3/2", "i/N"});
  refused(2, {{"--layout", "mvtek"}}, {"mvtek", "mvtec"});
  refused(2, {{"--count", "0"}}, {"--count is 0"});
  refused(2, {{"--scenes", ""}}, {"--scenes is missing"});
  refused(2, {{"--lora", "x.safetensors:much"}}, {"'much'"});
  refused(3, {{"--config", path("nowhere.json")}}, {"nowhere.json"});
  refused(3, {{"--config", folder.write("c.json", "{\"paint\": ").string()}}, {"c.json"});
  refused(2, {{"--config", folder.write("d.json", "{\"paint\": {\"stepps\": 3}}").string()}},
          {"d.json", "paint.steps"});
  refused(2, {{"--config", folder.write("e.json", "[1]").string()}}, {"e.json", "object"});
  refused(3, {{"--lora", path("x.safetensors")}}, {"x.safetensors", "no such"});
  const auto of_flux = std::filesystem::path(UNIDG_TESTS_DIR) / "weights/golden/lora_kohya.safetensors";
  refused(3, {{"--lora", of_flux.string()}},
          {"lora_kohya.safetensors", "no adapter of a small model", "unidg adapt"});
  refused(2, {{"--manifest", path("jobs.jsonl")}}, {"--manifest already says"});
}

TEST_F(BadInput, Models) {
  refused(3, {{"--model", path("nowhere")}}, {"nowhere"});
  fs::create_directory(folder / "bare");
  refused(3, {{"--model", path("bare")}}, {"bare", "transformer"});
  const auto transformer = folder / "tiny/transformer/diffusion_pytorch_model.safetensors";
  const auto whole = read_file(transformer);
  const auto with = [&](const std::string& bytes, const std::vector<std::string>& words) {
    write_file_atomic(transformer, bytes);
    refused(3, {}, words);
  };
  with(std::string("\x80\x04\x95", 3) + std::string(64, '\0'),
       {"diffusion_pytorch_model.safetensors", "pickle"});
  with(std::string("PK\x03\x04", 4) + std::string(64, '\0'), {"diffusion_pytorch_model.safetensors"});
  with(whole.substr(0, whole.size() - 10), {"diffusion_pytorch_model.safetensors"});
  with("", {"diffusion_pytorch_model.safetensors"});
  with(std::string("\xff\xff\xff\xff\xff\xff\xff\x7f", 8) + "{}", {"diffusion_pytorch_model.safetensors"});
  weights::save_safetensors(transformer, {{"proj_out.weight", torch::zeros({2, 2})}});
  refused(3, {}, {"diffusion_pytorch_model.safetensors"});
}

TEST_F(BadInput, ATransformerThatIsNotFill) {
  // The single tensor that tells: FLUX.1-dev takes 64 input channels.
  weights::save_safetensors(folder / "dev.safetensors", {{"img_in.weight", torch::zeros({16, 64})}});
  refused(3,
          {{"--model", ""},
           {"--transformer", path("dev.safetensors")},
           {"--vae", path("dev.safetensors")},
           {"--image-encoder", path("dev.safetensors")},
           {"--redux", path("dev.safetensors")}},
          {"dev.safetensors"});
}

}  // namespace
}  // namespace unidg::testing
