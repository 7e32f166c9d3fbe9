#include "unidg/chat/pace.h"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <thread>
#include <vector>

#include "unidg/core/error.h"
#include "unidg/core/progress.h"

namespace unidg::chat {

void wait_seconds(double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto end =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  while (Clock::now() < end) {
    if (interrupted()) throw Interrupted("stopped while waiting for a chat server");
    std::this_thread::sleep_for(std::min<Clock::duration>(end - Clock::now(), std::chrono::milliseconds(50)));
  }
}

void Pace::wait() {
  if (per_minute_ <= 0) return;
  using Clock = std::chrono::steady_clock;
  Clock::time_point mine;
  {
    const std::lock_guard lock(mutex_);
    mine = std::max(next_, Clock::now());
    next_ =
        mine + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(60 / per_minute_));
  }
  wait_seconds(std::chrono::duration<double>(mine - Clock::now()).count());
}

double backoff_seconds(int attempt, double first, double longest, double uniform) {
  return std::min(longest, first * std::pow(2.0, attempt - 1)) * (0.5 + 0.5 * uniform);
}

std::optional<double> retry_after_seconds(const std::string& header,
                                          std::chrono::system_clock::time_point now) {
  if (header.empty()) return std::nullopt;
  if (header.find_first_not_of("0123456789.") == std::string::npos) {
    try {
      return std::stod(header);
    } catch (const std::exception&) {
      return std::nullopt;
    }
  }
  const auto date = curl_getdate(header.c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return std::max(0.0,
                  std::chrono::duration<double>(std::chrono::system_clock::from_time_t(date) - now).count());
}

void for_each_concurrently(std::size_t count, int workers, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex mutex;
  const auto run = [&] {
    for (auto i = next++; i < count; i = next++) try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        next = count;
      }
  };
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < std::min(count, static_cast<std::size_t>(std::max(workers, 1))); ++t)
    threads.emplace_back(run);
  threads.clear();  // joins
  if (failure) std::rethrow_exception(failure);
}

}  // namespace unidg::chat
