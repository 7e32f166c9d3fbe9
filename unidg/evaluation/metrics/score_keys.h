#pragma once
#include <bit>
#include <cstdint>
#include <vector>

namespace unidg::evaluation {

/// An integer that orders finite floats as they order themselves; -0 and 0 are one.
inline std::uint32_t score_key(float score) {
  const auto bits = std::bit_cast<std::uint32_t>(score + 0.0f);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}
inline float score_of(std::uint32_t key) {
  return std::bit_cast<float>(key & 0x80000000u ? key & 0x7fffffffu : ~key);
}

/// All keys of all parts, ascending. One pass spreads them over buckets by their leading bits, then the
/// buckets are sorted in the cache, several at once. Instances: std::uint32_t, std::uint64_t.
template <typename Key>
std::vector<Key> sorted_keys(const std::vector<std::vector<Key>>& parts);

}  // namespace unidg::evaluation
