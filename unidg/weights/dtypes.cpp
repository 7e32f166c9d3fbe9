#include <utility>

#include "unidg/core/error.h"
#include "unidg/weights/safetensors.h"

namespace unidg::weights {
namespace {

constexpr std::pair<const char*, torch::ScalarType> kTypes[] = {
    {"F64", torch::kFloat64},
    {"F32", torch::kFloat32},
    {"F16", torch::kFloat16},
    {"BF16", torch::kBFloat16},
    {"F8_E4M3", torch::ScalarType::Float8_e4m3fn},
    {"F8_E5M2", torch::ScalarType::Float8_e5m2},
    {"I64", torch::kInt64},
    {"I32", torch::kInt32},
    {"I16", torch::kInt16},
    {"I8", torch::kInt8},
    {"U8", torch::kUInt8},
    {"U16", torch::ScalarType::UInt16},
    {"U32", torch::ScalarType::UInt32},
    {"U64", torch::ScalarType::UInt64},
    {"C64", torch::kComplexFloat},
    {"BOOL", torch::kBool},
};

}  // namespace

std::optional<torch::ScalarType> scalar_type(const std::string& dtype) {
  for (const auto& [name, type] : kTypes)
    if (dtype == name) return type;
  return std::nullopt;
}

std::string dtype_name(torch::ScalarType type) {
  for (const auto& [name, known] : kTypes)
    if (known == type) return name;
  throw FormatError("safetensors has no dtype for torch's ", torch::toString(type),
                    ". Convert the tensor first.");
}

}  // namespace unidg::weights
