#include "unidg/evaluation/metrics/draws.h"

#include <algorithm>
#include <cmath>

#include "unidg/core/error.h"
#include "unidg/core/files.h"

namespace unidg::evaluation {

Interval percentiles(std::vector<double> values, double confidence) {
  std::ranges::sort(values);
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
  };
  return {at((1 - confidence) / 2), at((1 + confidence) / 2)};
}

std::map<std::string, Interval> intervals_of(const Draws& draws, double confidence) {
  std::map<std::string, Interval> out;
  for (auto [name, values] : draws) {
    std::erase_if(values, [](double value) { return std::isnan(value); });
    if (!values.empty()) out[name] = percentiles(std::move(values), confidence);
  }
  return out;
}

void write_draws(const std::filesystem::path& file, const Draws& draws) {
  Json out = Json::object();
  for (const auto& [name, values] : draws) {
    auto& list = out[name] = Json::array();
    for (const double value : values)
      list.push_back(std::isnan(value) ? Json() : Json(std::round(value * 1e5) / 1e5));
  }
  write_file_atomic(file, out.dump() + "\n");
}

Draws read_draws(const std::filesystem::path& file) {
  const auto json = parse_json(read_file(file), file.string());
  Draws out;
  for (const auto& [name, list] : json.items()) {
    if (!list.is_array()) throw FormatError(file.string(), ": ", name, " is no list of numbers");
    for (const auto& value : list) {
      if (!value.is_number() && !value.is_null())
        throw FormatError(file.string(), ": ", name, " holds ", value.dump(), "; expected a number or null");
      out[name].push_back(value.is_null() ? std::nan("") : value.get<double>());
    }
  }
  return out;
}

}  // namespace unidg::evaluation
