#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unidg/core/error.h"
#include "unidg/generation/model_files.h"

namespace unidg::generation {
namespace {

weights::Adapter trained_with(const std::string& hole) {
  weights::Adapter out;
  if (!hole.empty()) out.metadata["unidg.cache"] = Json({{"settings", {{"hole", hole}}}}).dump();
  return out;
}

TEST(TrainedHole, IsTheCachesAndElseAlg1s) {
  EXPECT_EQ(trained_hole({}), "grey") << "a bare Fill model";
  EXPECT_EQ(trained_hole({trained_with("")}), "black") << "an adapter made elsewhere";
  EXPECT_EQ(trained_hole({trained_with("grey"), trained_with("grey")}), "grey");
  EXPECT_THAT(
      [] {
        trained_hole({trained_with("grey"), trained_with("")});
      },
      ::testing::ThrowsMessage<UsageError>(::testing::HasSubstr("one at a time")));
}

}  // namespace
}  // namespace unidg::generation
