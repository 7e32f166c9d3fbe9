#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace unidg {

/// One block of Philox4x32-10 (Salmon et al., SC'11): a pure function of counter and key.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

/// 64-bit FNV-1a of a text, finished with a mixing step. Stable across platforms and releases.
std::uint64_t stable_hash(std::string_view text);

/// Counter-based random numbers keyed by (seed, stream): the same pair gives the same numbers whatever the
/// batch, the order, the thread or the shard (docs/choices.md 23).
class Rng {
 public:
  explicit Rng(std::uint64_t seed, std::uint64_t stream = 0);
  Rng(std::uint64_t seed, std::string_view stream) : Rng(seed, stable_hash(stream)) {}

  std::uint32_t bits();
  double uniform();                         ///< [0, 1)
  double uniform(double low, double high);  ///< [low, high)
  std::int64_t integer(std::int64_t n);     ///< 0 .. n-1, without modulo bias; n >= 1
  double normal();                          ///< N(0, 1), Box-Muller
  bool chance(double probability) { return uniform() < probability; }
  void fill_normal(float* out, std::size_t count);

  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(integer(static_cast<std::int64_t>(from.size())))];
  }
  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i)
      std::swap(items[i - 1], items[static_cast<std::size_t>(integer(static_cast<std::int64_t>(i)))]);
  }

 private:
  std::array<std::uint32_t, 2> key_;
  std::uint64_t stream_;
  std::uint64_t block_ = 0;
  std::array<std::uint32_t, 4> buffer_{};
  int used_ = 4;
  bool has_spare_ = false;
  double spare_ = 0;
};

}  // namespace unidg
