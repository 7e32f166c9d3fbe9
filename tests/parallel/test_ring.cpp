#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <thread>

#include "support/free_port.h"
#include "unidg/core/error.h"
#include "unidg/parallel/ring.h"

namespace unidg::parallel {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using unidg::testing::free_port;

Place place(int rank, int size, std::uint16_t port) { return {rank, size, "127.0.0.1", port, rank == 0}; }

/// Runs `work` as every rank, each in a thread. @returns what each threw
std::vector<std::string> together(int size, const std::function<void(int rank, std::uint16_t port)>& work) {
  const auto port = free_port();
  std::vector<std::string> errors(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      try {
        work(rank, port);
      } catch (const std::exception& error) {
        errors[static_cast<std::size_t>(rank)] = error.what();
      }
    });
  for (auto& thread : threads) thread.join();
  return errors;
}

TEST(Ring, EveryRankEndsWithTheSameSum) {
  for (const int size : {2, 3, 5}) {
    std::vector<std::vector<torch::Tensor>> all(static_cast<std::size_t>(size));
    for (int rank = 0; rank < size; ++rank) {
      torch::manual_seed(rank);
      // Fewer values than ranks, none at all, a matrix, a transposed view, fp64.
      all[static_cast<std::size_t>(rank)] = {torch::randn({1}), torch::randn({0}), torch::randn({37, 41}),
                                             torch::randn({6, 9}).t(), torch::randn({11}, torch::kFloat64)};
    }
    std::vector<torch::Tensor> wanted;
    for (std::size_t i = 0; i < 5; ++i) {
      auto sum = torch::zeros_like(all[0][i], torch::kFloat64);
      for (const auto& one : all) sum += one[i].to(torch::kFloat64);
      wanted.push_back(sum);
    }
    const auto errors = together(size, [&](int rank, std::uint16_t port) {
      Ring ring(place(rank, size, port), 20);
      ring.sum(all[static_cast<std::size_t>(rank)]);
    });
    for (const auto& error : errors) EXPECT_EQ(error, "");
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_TRUE(torch::allclose(all[0][i].to(torch::kFloat64), wanted[i], 1e-6, 1e-6)) << size << " " << i;
      for (const auto& one : all) EXPECT_TRUE(torch::equal(one[i], all[0][i])) << "bit by bit";
    }
  }
}

TEST(Ring, ALargeSumDoesNotBlock) {  // larger than what sockets buffer
  const auto errors = together(2, [&](int rank, std::uint16_t port) {
    Ring ring(place(rank, 2, port), 20);
    std::vector<torch::Tensor> many = {torch::full({5'000'000}, rank + 1.0F),
                                       torch::full({17'000'000}, 1.0F)};
    ring.sum(many);
    EXPECT_EQ(many[0].max().item<float>(), 3);
    EXPECT_EQ(many[1].min().item<float>(), 2);
  });
  for (const auto& error : errors) EXPECT_EQ(error, "");
}

TEST(Ring, ALostRankStopsTheOthersByName) {
  const auto errors = together(3, [&](int rank, std::uint16_t port) {
    Ring ring(place(rank, 3, port), 20);
    if (rank == 1) return;  // leaves: its connections close
    std::vector<torch::Tensor> one = {torch::ones({1000})};
    ring.sum(one);
  });
  EXPECT_THAT(errors[2], AllOf(HasSubstr("rank 2 lost rank 1"), HasSubstr("closed"), HasSubstr("goes on")));
  EXPECT_THAT(errors[0], HasSubstr("rank 0 lost rank"));
}

TEST(Ring, ASilentRankIsLostAfterTheTimeout) {
  const auto errors = together(2, [&](int rank, std::uint16_t port) {
    Ring ring(place(rank, 2, port), 1);
    if (rank == 1) return static_cast<void>(::sleep(3));
    std::vector<torch::Tensor> one = {torch::ones({10})};
    ring.sum(one);
  });
  EXPECT_THAT(errors[0], AllOf(HasSubstr("lost rank 1"), HasSubstr("silent for 1 s")));
}

TEST(Ring, ARankThatNeverComesIsNamed) {
  const auto alone = [] { Ring ring(place(0, 2, free_port()), 1); };
  EXPECT_THAT(alone, ThrowsMessage<Error>(HasSubstr("rank 1")));
  const auto nobody = [] { Ring ring(place(1, 2, free_port()), 1); };
  EXPECT_THAT(nobody, ThrowsMessage<Error>(HasSubstr("the store at 127.0.0.1")));
}

TEST(Ring, RefusesWhatItCannotSum) {
  const auto errors = together(2, [&](int rank, std::uint16_t port) {
    Ring ring(place(rank, 2, port), 5);
    ring.sum({torch::ones({2}, torch::kInt64)});
  });
  EXPECT_THAT(errors[0], HasSubstr("Long"));
}

class Environment : public ::testing::Test {
 protected:
  void set(const char* name, const char* value) { ::setenv(name, value, 1); }
  void SetUp() override { TearDown(); }
  void TearDown() override {
    for (const char* name : {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "LOCAL_RANK",
                             "CUDA_VISIBLE_DEVICES", "TORCHELASTIC_USE_AGENT_STORE"})
      ::unsetenv(name);
  }
};

TEST_F(Environment, IsTorchruns) {
  EXPECT_EQ(Place::from_environment().size, 1);
  set("WORLD_SIZE", "4"), set("RANK", "0"), set("MASTER_ADDR", "host"), set("MASTER_PORT", "29500");
  auto found = Place::from_environment();
  EXPECT_EQ(found.size, 4);
  EXPECT_EQ(found.port, 29500);
  EXPECT_TRUE(found.hosts_store);
  set("TORCHELASTIC_USE_AGENT_STORE", "True");
  EXPECT_FALSE(Place::from_environment().hosts_store);
  set("RANK", "2"), set("LOCAL_RANK", "1"), set("CUDA_VISIBLE_DEVICES", "4,6,7");
  EXPECT_EQ(Place::from_environment().rank, 2);
  EXPECT_STREQ(std::getenv("CUDA_VISIBLE_DEVICES"), "6");
  ::unsetenv("CUDA_VISIBLE_DEVICES");
  Place::from_environment();
  EXPECT_STREQ(std::getenv("CUDA_VISIBLE_DEVICES"), "1");
}

TEST_F(Environment, NamesWhatIsWrong) {
  const auto read = [] { Place::from_environment(); };
  set("WORLD_SIZE", "two");
  EXPECT_THAT(read, ThrowsMessage<UsageError>(AllOf(HasSubstr("WORLD_SIZE"), HasSubstr("'two'"))));
  set("WORLD_SIZE", "2"), set("RANK", "2");
  EXPECT_THAT(read, ThrowsMessage<UsageError>(HasSubstr("RANK is '2'")));
  set("RANK", "1");
  EXPECT_THAT(read, ThrowsMessage<UsageError>(HasSubstr("MASTER_ADDR")));
  set("MASTER_ADDR", "host"), set("MASTER_PORT", "0");
  EXPECT_THAT(read, ThrowsMessage<UsageError>(HasSubstr("MASTER_PORT")));
}

}  // namespace
}  // namespace unidg::parallel
