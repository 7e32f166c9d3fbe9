#pragma once
#include <cstdint>
#include <vector>

#include "unidg/core/config.h"

namespace unidg::flow {

/// Noise levels of a sampler; fields as in diffusers' scheduler_config.json.
struct ScheduleConfig {
  bool use_dynamic_shifting = true;  ///< shift by the number of image tokens, else by `shift`
  double base_shift = 0.5;
  double max_shift = 1.15;
  double base_tokens = 256;  ///< base_image_seq_len
  double max_tokens = 4096;  ///< max_image_seq_len
  double shift = 3.0;        ///< used without dynamic shifting
};
void fields(FieldVisitor& visit, ScheduleConfig& c);
/// @throws FormatError naming `where`; unknown fields go to `notes`
ScheduleConfig schedule_from_json(const Json& json, const std::string& where,
                                  std::vector<std::string>* notes = nullptr);

/// mu(n) = m n + b, linear in the number of packed image tokens and not clamped.
double dynamic_shift(std::int64_t tokens, const ScheduleConfig& c);

/// steps + 1 noise levels from `start` down to 0. The base levels 1, (N-1)/N, ... 1/N are shifted towards
/// noise; a guided start scales them by `start`.
/// @param steps >= 1 @param tokens packed image tokens (not text) @param start in (0, 1]; 1 = pure noise
std::vector<double> sigmas(int steps, std::int64_t tokens, const ScheduleConfig& c, double start = 1.0);

}  // namespace unidg::flow
