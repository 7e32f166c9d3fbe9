#pragma once

namespace unidg {

/// Of the program and of what it writes into metadata; the same as the CMake project's.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace unidg
