#include "unidg/flow/schedule.h"

#include <algorithm>
#include <cmath>

namespace unidg::flow {

void fields(FieldVisitor& visit, ScheduleConfig& c) {
  visit("use_dynamic_shifting", c.use_dynamic_shifting, any(), "shift by the number of image tokens");
  visit("base_shift", c.base_shift, any(), "mu at base_tokens");
  visit("max_shift", c.max_shift, any(), "mu at max_tokens");
  visit("base_tokens", c.base_tokens, above(0), "base_image_seq_len");
  visit("max_tokens", c.max_tokens, above(0), "max_image_seq_len");
  visit("shift", c.shift, above(0), "constant shift without dynamic shifting");
}

ScheduleConfig schedule_from_json(const Json& json, const std::string& where,
                                  std::vector<std::string>* notes) {
  ScheduleConfig c;
  c.use_dynamic_shifting = false;  // diffusers' defaults
  c.shift = 1.0;
  for (const auto& [key, value] : json.items()) {
    const auto number = [&] {
      if (!value.is_number())
        throw FormatError(where, ": '", key, "' is ", value.dump(), " but must be a number");
      return value.get<double>();
    };
    if (value.is_null()) continue;
    if (key == "use_dynamic_shifting") {
      if (!value.is_boolean()) throw FormatError(where, ": '", key, "' must be true or false");
      c.use_dynamic_shifting = value.get<bool>();
    } else if (key == "base_shift") {
      c.base_shift = number();
    } else if (key == "max_shift") {
      c.max_shift = number();
    } else if (key == "base_image_seq_len") {
      c.base_tokens = number();
    } else if (key == "max_image_seq_len") {
      c.max_tokens = number();
    } else if (key == "shift") {
      c.shift = number();
    } else if (notes && !key.starts_with("_") && key != "num_train_timesteps") {
      notes->push_back("field '" + key + "' has no meaning for the scheduler");
    }
  }
  return c;
}

double dynamic_shift(std::int64_t tokens, const ScheduleConfig& c) {
  const double slope = (c.max_shift - c.base_shift) / (c.max_tokens - c.base_tokens);
  return slope * static_cast<double>(tokens) + c.base_shift - slope * c.base_tokens;
}

std::vector<double> sigmas(int steps, std::int64_t tokens, const ScheduleConfig& c, double start) {
  if (steps < 1) throw UsageError("steps is ", steps, " but must be at least 1");
  if (!(start > 0 && start <= 1)) throw UsageError("start is ", start, " but must lie in (0, 1]");
  const double factor = c.use_dynamic_shifting ? std::exp(dynamic_shift(tokens, c)) : c.shift;
  std::vector<double> levels;
  for (int i = 0; i < steps; ++i) {
    const double s = 1.0 - static_cast<double>(i) / steps;
    levels.push_back(start * factor / (factor + (1.0 / s - 1.0)));
  }
  levels.push_back(0.0);
  return levels;
}

}  // namespace unidg::flow
