#include <gmock/gmock.h>

#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/dataset/sets/tree.h"

namespace unidg::dataset::sets {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using unidg::testing::TempFolder;

TEST(Tree, ListsInNaturalOrderWithoutHiddenNames) {
  const TempFolder folder;
  for (const auto* name : {"10.png", "2.png", ".hidden.png", "b/x.png", ".git/y.png", "__MACOSX/z.png"})
    folder.write(name, "x");
  const auto listing = Tree(folder.path()).list();
  EXPECT_THAT(listing.files, ElementsAre("2.png", "10.png"));
  EXPECT_THAT(listing.folders, ElementsAre("b"));
}

TEST(Tree, DoesNotFollowLinksOut) {
  const TempFolder folder, outside;
  outside.write("secret.png", "x");
  folder.write("in/a.png", "x");
  fs::create_directory_symlink(folder.path(), folder.path() / "in" / "loop");  // would never end
  fs::create_directory_symlink(outside.path(), folder.path() / "out");
  fs::create_symlink(outside.path() / "secret.png", folder.path() / "in" / "link.png");
  fs::create_symlink(folder.path() / "in" / "a.png", folder.path() / "in" / "b.png");
  Notes notes;
  const Tree tree(folder.path(), &notes);
  std::vector<std::string> seen;
  tree.each_picture("", [&](const std::string& name) { seen.push_back(name); });
  EXPECT_THAT(seen, ElementsAre("in/a.png", "in/b.png"));  // a link inside is a file like others
  EXPECT_EQ(notes.count("links to folders are not followed"), 2u);
  EXPECT_EQ(notes.count("links that leave the data set's folder are left out"), 1u);
}

TEST(Tree, RefusesHostileNamesFromTables) {
  const TempFolder folder, outside;
  outside.write("secret.png", "x");
  fs::create_symlink(outside.path() / "secret.png", folder.path() / "link.png");
  const Tree tree(folder.path());
  for (const auto& name :
       {std::string("../x.png"), std::string("a/../../x.png"), (outside / "secret.png").string(),
        std::string(""), std::string("a\\b.png"), std::string("a\0b.png", 7), std::string("link.png")})
    EXPECT_THROW(tree.named(name, "table.csv:3"), FormatError) << name;
  EXPECT_EQ(tree.named("a/b.png", "table.csv:3").path, folder.path() / "a/b.png");
}

TEST(Tree, SaysWhatIsWrongWithItsFolder) {
  const TempFolder folder;
  folder.write("file", "x");
  EXPECT_THROW(Tree(folder / "none"), InputError);
  EXPECT_THROW(Tree(folder / "file"), InputError);
}

}  // namespace
}  // namespace unidg::dataset::sets
