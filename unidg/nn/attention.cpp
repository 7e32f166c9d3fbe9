#include "unidg/nn/attention.h"

namespace unidg::nn {

Tensor split_heads(const Tensor& x, std::int64_t heads) {
  return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& log_key_weight) {
  c10::optional<Tensor> bias;
  if (log_key_weight.defined()) {
    const auto rows =
        log_key_weight.dim() == 1 ? log_key_weight.unsqueeze(0) : log_key_weight;  // [1 or B, N]
    bias = rows.to(q.scalar_type()).unsqueeze(1).unsqueeze(1).expand({q.size(0), 1, q.size(2), k.size(2)});
  }
  const auto mixed = torch::scaled_dot_product_attention(q, k, v, bias);  // Eq. 12; [B, H, L, d]
  return mixed.transpose(1, 2).flatten(2);
}

}  // namespace unidg::nn
