#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace unidg {

/// Levenshtein distance between two names.
int edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `name`, or "" when nothing is near (distance above a third of its length plus
/// one).
std::string closest(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace unidg
