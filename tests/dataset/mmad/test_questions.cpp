#include <gmock/gmock.h>

#include "small_bench.h"

namespace unidg::dataset::mmad {
namespace {

using namespace testing_bench;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using unidg::testing::TempFolder;

TEST(Questions, AreReadAsPublished) {
  const TempFolder folder;
  sets::Notes notes;
  const auto pictures = read_questions(write_questions(folder.path()), notes);
  ASSERT_EQ(pictures.size(), 4u);
  EXPECT_TRUE(notes.groups().empty());
  const auto& broken = pictures[0];
  EXPECT_EQ(broken.dataset, "DS-MVTec");
  EXPECT_EQ(broken.object, "bottle");
  EXPECT_EQ(broken.type, "broken_large");
  EXPECT_FALSE(broken.is_normal);
  EXPECT_TRUE(pictures[2].is_normal);
  ASSERT_EQ(broken.questions.size(), 2u);
  EXPECT_EQ(broken.questions[1].id, "DS-MVTec/bottle/image/broken_large/000.png#2");
  EXPECT_EQ(broken.questions[1].answer, "A");
  EXPECT_EQ(broken.questions[1].options[0].second, "Broken large.");
  EXPECT_EQ(pictures[2].questions[1].type, "Object Details");
  EXPECT_EQ(pictures[2].questions[1].task, "Object Analysis");
  EXPECT_EQ(broken.random.size(), 2u);
  EXPECT_EQ(broken.similar.size(), 1u);
}

TEST(Questions, ThatCannotBeAskedAreNoted) {
  const TempFolder folder;
  auto json = questions();
  auto& conversation = json["DS-MVTec/bottle/image/broken_large/000.png"]["conversation"];
  conversation[0]["Answer"] = "D";
  conversation[1].erase("Options");
  sets::Notes notes;
  const auto pictures = read_questions(write_questions(folder.path(), json), notes);
  EXPECT_TRUE(pictures[0].questions.empty());
  EXPECT_EQ(notes.count("question whose answer is none of its options"), 1u);
  EXPECT_EQ(notes.count("question without text or options"), 1u);
}

TEST(Questions, OfAnotherShapeAreRefused) {
  const TempFolder folder;
  sets::Notes notes;
  const auto read = [&](const std::string& content) {
    return [&folder, &notes, file = folder.write("mmad.json", content)] { read_questions(file, notes); };
  };
  EXPECT_THAT(read("[]"), ThrowsMessage<FormatError>(HasSubstr("conversation")));
  EXPECT_THAT(read("{"), ThrowsMessage<FormatError>(HasSubstr("not valid JSON")));
  EXPECT_THAT(read(R"({"a/b/c.png": {"x": 1}})"), ThrowsMessage<FormatError>(HasSubstr("a/b/c.png")));
  EXPECT_THAT(read(R"({"a/../../c.png": {"conversation": []}})"),
              ThrowsMessage<FormatError>(HasSubstr("outside")));
  EXPECT_THAT(read(R"({"c.png": {"conversation": []}})"),
              ThrowsMessage<FormatError>(HasSubstr("DATASET/OBJECT")));
}

}  // namespace
}  // namespace unidg::dataset::mmad
