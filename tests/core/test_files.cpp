#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/core/files.h"
#include "unidg/core/names.h"

namespace unidg {
namespace {

namespace fs = std::filesystem;

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator{}));
}

TEST(AtomicFile, LeavesNothingUnlessCommitted) {
  const testing::TempFolder folder;
  {
    AtomicFile file(folder.path() / "a.bin");
    file.write("half");
  }
  EXPECT_EQ(files_in(folder.path()), 0u);
  write_file_atomic(folder.path() / "sub/a.bin", "whole");
  EXPECT_EQ(read_file(folder.path() / "sub/a.bin"), "whole");
  EXPECT_EQ(files_in(folder.path() / "sub"), 1u);
}

TEST(AtomicFile, KeepsTheOldFileUntilTheNewOneIsWhole) {
  const testing::TempFolder folder;
  const auto path = folder.path() / "a.txt";
  write_file_atomic(path, "old");
  {
    AtomicFile file(path);
    file.write("ne");
    EXPECT_EQ(read_file(path), "old");
  }
  EXPECT_EQ(read_file(path), "old");
}

TEST(AppendLine, EndsALineThatACrashCutShort) {
  const testing::TempFolder folder;
  const auto path = folder.path() / "log.jsonl";
  std::ofstream(path) << "{\"cut";
  append_line(path, "{}");
  EXPECT_EQ(read_file(path), "{\"cut\n{}\n");
}

TEST(ReadFile, NamesWhatItCannotRead) {
  const testing::TempFolder folder;
  EXPECT_THROW(read_file(folder.path() / "absent"), InputError);
  EXPECT_THROW(read_file(folder.path()), InputError);
  std::ofstream(folder.path() / "big") << "12345";
  EXPECT_THROW(read_file(folder.path() / "big", 4), InputError);
}

TEST(Sha256, GivesThePublishedDigests) {  // FIPS 180-4 examples
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Closest, FindsTheNearNameOnly) {
  EXPECT_EQ(closest("--refrence", {"--reference", "--scenes"}), "--reference");
  EXPECT_EQ(closest("--zzzzzz", {"--reference", "--scenes"}), "");
}

}  // namespace
}  // namespace unidg
