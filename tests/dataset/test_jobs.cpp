#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset/pictures.h"
#include "support/temp_folder.h"
#include "unidg/core/error.h"
#include "unidg/dataset/jobs.h"

namespace unidg::dataset {
namespace {

namespace fs = std::filesystem;
using namespace testing_pictures;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class Jobs : public ::testing::Test {
 protected:
  Jobs() {
    put_pair(root / "a.png", root / "a_mask.png");
    put_pair(root / "r/x.png", root / "r/x_mask.png");
    references = {{root / "r/x.png", root / "r/x_mask.png", "Scratch", "metal"}};
  }
  JobList read(const std::string& lines, bool with_references = true) {
    write_file_atomic(root / "jobs.jsonl", lines);
    return read_jobs(root / "jobs.jsonl", with_references ? references : std::vector<Reference>{}, 7);
  }
  unidg::testing::TempFolder temp;
  fs::path root = temp.path();
  std::vector<Reference> references;
};

TEST_F(Jobs, ReadsOurLinesRelativeToTheFile) {
  const auto list = read(
      "\n{\"source\":\"a.png\",\"mask\":\"a_mask.png\",\"reference\":\"r/"
      "x.png\",\"seed\":3,\"n\":4,\"out\":\"best/one\"}\n"
      "{\"source\":\"a.png\"}\n");
  ASSERT_EQ(list.jobs.size(), 2u);
  EXPECT_EQ(list.jobs[0].scene.mask, root / "a_mask.png");
  EXPECT_EQ(list.jobs[0].scene.name, "best/one");
  EXPECT_EQ(list.jobs[0].reference.mask, root / "r/x_mask.png");
  EXPECT_EQ(list.jobs[0].seed, 3u);
  EXPECT_EQ(list.jobs[0].n, 4);
  EXPECT_EQ(list.jobs[0].line, 2);
  EXPECT_EQ(list.jobs[1].seed, 7u);
  EXPECT_FALSE(list.jobs[1].scene.mask.has_value());
  EXPECT_EQ(list.jobs[1].reference.type, "Scratch");
}

TEST_F(Jobs, ReadsAnomalyGenLinesAndListsWhatMeansNothingOnce) {
  const std::string line =
      "\"image_filename\":\"a.png\",\"mask_filename\":\"a_mask.png\",\"anomaly_type\":\"METAL+Scratch\","
      "\"guidance\":7.0,\"num_steps\":35,\"num_generated_images\":2,";
  const auto list = read("{" + line + "\"seed\":1}\n{" + line + "\"seed\":2}\n");
  ASSERT_EQ(list.jobs.size(), 2u);
  EXPECT_EQ(list.jobs[0].n, 2);
  EXPECT_EQ(list.jobs[0].reference.type, "Scratch");
  EXPECT_EQ(list.jobs[0].scene.object, "METAL");
  EXPECT_THAT(list.ignored_fields, ElementsAre("guidance", "num_steps"));
}

TEST_F(Jobs, EveryMistakeNamesFileLineAndField) {
  const auto message = [&](const std::string& lines, const std::string& part) {
    const auto call = [&] { read("{\"source\":\"a.png\",\"seed\":99}\n" + lines); };
    EXPECT_THAT(call, ThrowsMessage<InputError>(AllOf(HasSubstr("jobs.jsonl:2"), HasSubstr(part)))) << lines;
  };
  message("{\"source\":\"a.png\",\"msk\":\"x\"}", "did you mean 'mask'");
  message("{\"mask\":\"a_mask.png\"}", "'source' is missing");
  message("{\"source\":\"b.png\"}", "source 'b.png': no such file");
  message("{\"source\":5}", "expected a string");
  message("{\"source\":\"a.png\",\"n\":0}", "expected an integer from 1");
  message("{\"source\":\"a.png\",\"n\":1.5}", "expected an integer");
  message("{\"source\":\"a.png\",\"seed\":-1}", "'seed' is -1");
  message("{\"source\":\"a.png\",\"reference_mask\":\"a_mask.png\"}", "without 'reference'");
  message("{\"source\":\"a.png\"", "jobs.jsonl:2");
  message("[1]", "expected one JSON object");
  message("{\"source\":\"a.png\",\"seed\":99}", "same pictures as line 1");
  message("{\"image_filename\":\"a.png\",\"anomaly_type\":\"METAL+dent\"}", "Scratch");
}

TEST_F(Jobs, NeedsAReferenceAndALosslessOutput) {
  const auto none = [&] { read("{\"source\":\"a.png\"}", false); };
  EXPECT_THAT(none, ThrowsMessage<InputError>(HasSubstr("'reference' is missing")));
  const auto lossy = [&] { read("{\"source\":\"a.png\",\"out\":\"x.jpg\"}"); };
  EXPECT_THAT(lossy, ThrowsMessage<UsageError>(AllOf(HasSubstr("jpg"), HasSubstr("PNG"))));
  const auto empty = [&] { read("\n\n"); };
  EXPECT_THAT(empty, ThrowsMessage<InputError>(HasSubstr("holds no job")));
}

}  // namespace
}  // namespace unidg::dataset
