#include "unidg/dataset/sets/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace unidg::dataset::sets {

void parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  const auto cores =
      threads > 0 ? static_cast<unsigned>(threads) : std::max(1u, std::thread::hardware_concurrency());
  std::atomic<std::size_t> next{0};
  std::exception_ptr fault;
  std::mutex lock;
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard guard(lock);
        if (!fault) fault = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::thread> others;
  for (unsigned i = 1; i < std::min<std::size_t>(cores, count); ++i) others.emplace_back(run);
  run();
  for (auto& thread : others) thread.join();
  if (fault) std::rethrow_exception(fault);
}

}  // namespace unidg::dataset::sets
