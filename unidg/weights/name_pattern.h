#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace unidg::weights {

/// Matches a dotted name against a pattern in which every '#' stands for a decimal index. @returns the
/// indices
std::optional<std::vector<std::int64_t>> match_indices(std::string_view pattern, std::string_view name);
/// The pattern with its '#' replaced by the indices, in order.
std::string fill_indices(std::string_view pattern, const std::vector<std::int64_t>& indices);

}  // namespace unidg::weights
