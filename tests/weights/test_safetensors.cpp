#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/weights/safetensors.h"

namespace unidg::weights {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::map<std::string, Tensor> one_of_each_dtype() {
  std::map<std::string, Tensor> tensors;
  for (const auto* name :
       {"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "I64", "I32", "I16", "I8", "U8", "BOOL"})
    tensors[name] = torch::tensor({0.f, 1.f, 2.f, 0.f, 3.f, 1.f}).reshape({2, 3}).to(*scalar_type(name));
  return tensors;
}

TEST(Safetensors, RoundTripsEveryDtype) {
  const testing::TempFolder folder;
  auto tensors = one_of_each_dtype();
  tensors["scalar"] = torch::tensor(7.f);
  tensors["empty"] = torch::empty({0, 4});
  tensors["transposed"] = torch::arange(6.f).reshape({2, 3}).t();
  save_safetensors(folder / "all.safetensors", tensors, {{"licence", "MIT"}});

  const auto file = SafetensorsFile::open(folder / "all.safetensors");
  EXPECT_EQ(file->tensors().size(), tensors.size());
  EXPECT_EQ(file->metadata().at("licence"), "MIT");
  for (const auto& [name, tensor] : tensors) {
    const auto read = file->tensor(name);
    EXPECT_EQ(read.scalar_type(), tensor.scalar_type()) << name;
    EXPECT_EQ(read.sizes(), tensor.sizes()) << name;
    EXPECT_TRUE(torch::equal(read.to(torch::kFloat64), tensor.to(torch::kFloat64))) << name;
  }
}

TEST(Safetensors, ViewsOutliveTheFileAndNeverReachTheDisk) {
  const testing::TempFolder folder;
  save_safetensors(folder / "w.safetensors", {{"w", torch::ones({4})}});
  auto view = SafetensorsFile::open(folder / "w.safetensors")->tensor("w");
  view.add_(1);
  EXPECT_EQ(view.sum().item<float>(), 8);
  EXPECT_EQ(SafetensorsFile::open(folder / "w.safetensors")->tensor("w").sum().item<float>(), 4);
}

TEST(Safetensors, NamesTheClosestTensor) {
  const testing::TempFolder folder;
  save_safetensors(folder / "w.safetensors", {{"linear1.weight", torch::ones({4})}});
  EXPECT_THAT([&] { SafetensorsFile::open(folder / "w.safetensors")->tensor("linear2.weight"); },
              ThrowsMessage<FormatError>(HasSubstr("closest: 'linear1.weight'")));
}

TEST(Safetensors, OpeningTouchesTheHeaderOnly) {
  const testing::TempFolder folder;
  const std::size_t data_bytes = std::size_t{24} << 30;  // the size of a 12B model in bf16, as a sparse file
  std::string header = text("{\"w\":{\"dtype\":\"BF16\",\"shape\":[", data_bytes / 2,
                            "],\"data_offsets\":[0,", data_bytes, "]}}");
  header.resize(128, ' ');  // data begin aligned, as every writer pads it
  const std::uint64_t length = header.size();
  const auto path =
      folder.write("big.safetensors", std::string(reinterpret_cast<const char*>(&length), 8) + header);
  if (::truncate(path.c_str(), static_cast<off_t>(8 + length + data_bytes)) != 0)
    GTEST_SKIP() << "no sparse files here";

  const auto before = resident_bytes();
  const auto start = std::chrono::steady_clock::now();
  const auto file = SafetensorsFile::open(path);
  const auto view = file->tensor("w");
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(view.numel(), static_cast<std::int64_t>(data_bytes / 2));
  EXPECT_LT(seconds.count(), 2.0);
  EXPECT_LT(resident_bytes(), before + (std::size_t{16} << 20));
}

TEST(Safetensors, WritesWholeFilesOrNothing) {
  const testing::TempFolder folder;
  const auto path = folder / "kept.safetensors";
  save_safetensors(path, {{"w", torch::zeros({4})}});
  // In a child process: the file-size limit stands for a full disk, and cannot be raised again.
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const struct ::rlimit limit { 4096, 4096 };
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      save_safetensors(path, {{"w", torch::ones({100000})}});
    } catch (const Error& error) {
      ::_exit(std::string(error.what()).find("kept.safetensors") != std::string::npos ? 7 : 8);
    }
    ::_exit(9);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 7) << "expected an error that names the file";
  EXPECT_EQ(SafetensorsFile::open(path)->tensor("w").sum().item<float>(), 0) << "the old file must stay";
  std::vector<std::string> left;
  for (const auto& item : std::filesystem::directory_iterator(folder.path()))
    if (item.path() != path) left.push_back(item.path());
  EXPECT_THAT(left, IsEmpty());
}

TEST(Safetensors, SaysThatAFolderCannotBeWritten) {
  const testing::TempFolder folder;
  folder.write("file", "in the way");  // a parent that is no folder refuses even the administrator
  EXPECT_THAT(
      [&] {
        save_safetensors(folder / "file" / "w.safetensors", {{"w", torch::ones({1})}});
      },
      ThrowsMessage<Error>(HasSubstr("cannot create")));
  if (::geteuid() == 0) GTEST_SKIP() << "the administrator may write everywhere";
  ::chmod(folder.path().c_str(), 0555);
  EXPECT_THAT(
      [&] {
        save_safetensors(folder / "w.safetensors", {{"w", torch::ones({1})}});
      },
      ThrowsMessage<Error>(HasSubstr("w.safetensors")));
  ::chmod(folder.path().c_str(), 0755);
}

TEST(Safetensors, RefusesWhatTheFormatCannotHold) {
  const testing::TempFolder folder;
  EXPECT_THROW(save_safetensors(folder / "x", {{"__metadata__", torch::ones({1})}}), FormatError);
  EXPECT_THROW(save_safetensors(folder / "x", {{"\xff", torch::ones({1})}}), FormatError);
  EXPECT_THROW(save_safetensors(folder / "x", {{"c", torch::ones({1}, torch::kComplexDouble)}}), FormatError);
  EXPECT_FALSE(std::filesystem::exists(folder / "x"));
}

}  // namespace
}  // namespace unidg::weights
