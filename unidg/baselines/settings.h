#pragma once
#include <string>

#include "unidg/baselines/config.h"

namespace unidg::baselines {

/// One baseline's part of the config, flat, with what all baselines share.
template <typename Part>
Json settings_of(const std::string& prefix, const Part& part, const Config& config) {
  Json out = {{"mask", config.mask}, {"weak_below", config.weak_below}};
  const Json own = echo_fields(part);
  for (const auto& [name, value] : own.items()) out[prefix + "." + name] = value;
  return out;
}

}  // namespace unidg::baselines
