#pragma once
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace unidg::chat {

/// Spreads requests evenly: at most `per_minute` of them, from all threads together; 0 = no limit.
class Pace {
 public:
  explicit Pace(double per_minute) : per_minute_(per_minute) {}
  void wait();  ///< until this caller may send. @throws Interrupted

 private:
  double per_minute_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point next_{};
};

/// Sleeps in short steps. @throws Interrupted at Ctrl+C
void wait_seconds(double seconds);

/// Seconds before attempt `attempt` (1 = the first repetition): first * 2^(attempt - 1), at most `longest`,
/// times a factor of `uniform` in [0, 1) mapped to [0.5, 1).
double backoff_seconds(int attempt, double first, double longest, double uniform);

/// A Retry-After header: seconds, or an HTTP date against `now`. Nothing when it is neither.
std::optional<double> retry_after_seconds(const std::string& header,
                                          std::chrono::system_clock::time_point now);

/// Calls `work(i)` for i in 0 .. count - 1 from `workers` threads. The first exception stops the handing out
/// and is thrown again when all threads are back.
void for_each_concurrently(std::size_t count, int workers, const std::function<void(std::size_t)>& work);

}  // namespace unidg::chat
