#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <sstream>
#include <thread>

#include "agents/curate/fakes.h"
#include "support/folder_content.h"
#include "support/temp_folder.h"
#include "unidg/core/rng.h"

namespace unidg::agents {
namespace {

using testing::fake_agents;
using testing::FakeHalf;
using testing::TempFolder;

constexpr std::size_t kItems = 100;

void run(const std::filesystem::path& folder) {
  FakeHalf half(kItems);
  CurationFiles files(folder, {});
  curate(half, fake_agents(), files, CurateConfig{.block = 4, .threads = 1});
}

/// The set's own files; a kill may leave temporary ones. Ledger lines that were mended stand in another
/// order.
std::map<std::string, std::string> content(const std::filesystem::path& folder) {
  auto out = testing::folder_content(folder);
  std::erase_if(out, [](const auto& file) { return file.first.find(".tmp-") != std::string::npos; });
  std::istringstream ledger(out["ledger.jsonl"]);
  std::set<std::string> lines;
  for (std::string line; std::getline(ledger, line);) lines.insert(line);
  out["ledger.jsonl"].clear();
  for (const auto& line : lines) out["ledger.jsonl"] += line + "\n";
  return out;
}

std::string names_of_differences(const std::map<std::string, std::string>& a,
                                 const std::map<std::string, std::string>& b) {
  std::string out;
  for (const auto& [name, bytes] : a)
    if (!b.count(name) || b.at(name) != bytes) out += name + " ";
  for (const auto& [name, bytes] : b)
    if (!a.count(name)) out += name + " ";
  return out;
}

/// Curation is killed at random moments until 30 kills have struck; a last run ends it.
TEST(CurationKilled, ThirtyTimesGivesTheSameSet) {
  TempFolder folder;
  run(folder / "whole");
  Rng rng(5, "kills");
  int struck = 0, finished = 0;
  for (int round = 0; struck < 30 && round < 200; ++round) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      run(folder / "killed");
      ::_exit(0);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(2000 + rng.integer(30000)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    struck += WIFSIGNALED(status);
    if (WIFEXITED(status) && ++finished == 1)
      std::filesystem::remove_all(folder / "killed");  // too fast: begin anew
  }
  EXPECT_EQ(struck, 30);
  run(folder / "killed");
  EXPECT_EQ(names_of_differences(content(folder / "killed"), content(folder / "whole")), "");
}

}  // namespace
}  // namespace unidg::agents
