#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace unidg::training {

/// CRC-32C (Castagnoli, reflected 0x82f63b78), as TFRecord uses it.
std::uint32_t crc32c(std::string_view data);

/// One point of some curves: tag and value.
using Scalars = std::vector<std::pair<std::string, float>>;

/// A TensorBoard event file: TFRecords of tensorflow.Event messages with scalar summaries.
/// @param time_s Unix time @returns the bytes of one record
std::string event_header(double time_s);
std::string event_record(double time_s, std::int64_t step, const Scalars& scalars);

}  // namespace unidg::training
