#pragma once
#include <cstddef>
#include <functional>

namespace unidg::dataset::sets {

/// Calls `work(i)` for i = 0 ... count - 1 on several threads. The first exception is thrown here.
/// @param threads 0: one a core
void parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

}  // namespace unidg::dataset::sets
