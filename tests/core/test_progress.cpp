#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "unidg/core/progress.h"

namespace unidg {
namespace {

std::string shown(const std::function<void(Progress&)>& work) {
  ::testing::internal::CaptureStderr();
  {
    Progress progress("paint", 3, Progress::Style::Plain);
    work(progress);
  }
  return ::testing::internal::GetCapturedStderr();
}

std::size_t lines(const std::string& words) {
  return static_cast<std::size_t>(std::count(words.begin(), words.end(), '\n'));
}

TEST(Progress, TellsTheEndOnce) {
  EXPECT_EQ(lines(shown([](Progress& p) { p.set(3); })), 1u) << "the first line is the last";
  const auto two = shown([](Progress& p) { p.advance(), p.advance(), p.advance(); });
  EXPECT_EQ(lines(two), 2u) << two;  // the one between is left out: it came too soon
  EXPECT_NE(two.find("paint 3/3"), std::string::npos) << two;
}

TEST(Progress, SaysNothingWhereNothingWasDone) {
  EXPECT_EQ(shown([](Progress&) {}), "");
}

}  // namespace
}  // namespace unidg
