#include <fstream>
#include <regex>

#include "workshop.h"

namespace unidg::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// The whole help of the built program against tests/cli/help.txt. After a wanted change:
/// UNIDG_UPDATE_HELP=1 build/test_cli --gtest_filter='Help.*'
TEST(Help, IsAsStored) {
  const auto stored = fs::path(UNIDG_TESTS_DIR) / "cli/help.txt";
  std::string help;
  for (const Arguments& command : {Arguments{},
                                   {"generate"},
                                   {"baseline"},
                                   {"merge"},
                                   {"inspect"},
                                   {"doctor"},
                                   {"procedural"},
                                   {"parity"},
                                   {"prepare"},
                                   {"train"},
                                   {"train", "base"},
                                   {"train", "codec"},
                                   {"dataset"},
                                   {"dataset", "import"},
                                   {"dataset", "validate"},
                                   {"dataset", "stats"},
                                   {"dataset", "split"},
                                   {"dataset", "dedupe"},
                                   {"dataset", "export"},
                                   {"dataset", "browse"},
                                   {"dataset", "apply"},
                                   {"dataset", "taxonomy"},
                                   {"dataset", "mmad-context"},
                                   {"dataset", "mmad-score"},
                                   {"masks"},
                                   {"masks", "build"},
                                   {"masks", "show"},
                                   {"masks", "sample"},
                                   {"masks", "place"},
                                   {"masks", "foreground"},
                                   {"evaluate"},
                                   {"evaluate", "run"},
                                   {"evaluate", "score"},
                                   {"evaluate", "il"},
                                   {"evaluate", "judge"},
                                   {"evaluate", "realism"},
                                   {"evaluate", "report"},
                                   {"agents"},
                                   {"agents", "inpaint"},
                                   {"agents", "caption"},
                                   {"agents", "verify"},
                                   {"agents", "check"},
                                   {"curate"}}) {
    auto words = command;
    words.push_back("--help");
    const auto ran = command.empty() ? run_program(words) : run_here(words);
    EXPECT_EQ(ran.exit, 0);
    help += "$ unidg";
    for (const auto& word : words) help += " " + word;
    help += "\n" + ran.out + "\n";
  }
  help = std::regex_replace(help, std::regex("[ \t]+\n"), "\n");
  if (std::getenv("UNIDG_UPDATE_HELP")) std::ofstream(stored, std::ios::binary) << help;
  EXPECT_EQ(help, read_file(stored));
}

TEST(Help, EveryOptionIsDocumented) {
  const auto help = read_file(fs::path(UNIDG_TESTS_DIR) / "cli/help.txt");
  const auto docs = read_file(fs::path(UNIDG_SOURCE_DIR) / "docs/cli.md");
  const std::regex option("--[a-z][a-z-]+");
  for (std::sregex_iterator it(help.begin(), help.end(), option), end; it != end; ++it)
    EXPECT_THAT(docs, HasSubstr(it->str()));
}

}  // namespace
}  // namespace unidg::testing
