#pragma once
#include "unidg/core/torch.h"

namespace unidg::nn {

using torch::Tensor;

/// y = x W^T + b, differentiable. On a CPU in fp32 through oneDNN, which uses the machine's widest vectors on
/// every maker's processors (MKL, behind torch::linear, does so on Intel's alone: 2.3 times slower on an
/// EPYC); elsewhere torch::linear.
/// @param x [..., in] @param weight [out, in] @param bias [out] or undefined
Tensor affine(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

/// gelu(x W^T + b), tanh form; one pass over the result where no gradient is asked for.
Tensor affine_gelu(const Tensor& x, const Tensor& weight, const Tensor& bias);

/// A weight in int8: one scale a row, symmetric.
struct Int8Weight {
  Tensor rows;   ///< int8 [out, in]
  Tensor scale;  ///< fp32 [out]
};

/// Rounds each row to 127 steps of its largest magnitude. @param weight [out, in], any floating dtype, CPU
Int8Weight quantize_rows(const Tensor& weight);

/// y = x W^T + b with W in int8 and x rounded to int8 token by token, products summed exactly in int32
/// (W8A8). No gradient. @param x fp32 [..., in], CPU @returns fp32 [..., out]
Tensor affine_int8(const Tensor& x, const Int8Weight& weight, const Tensor& bias = {});

}  // namespace unidg::nn
