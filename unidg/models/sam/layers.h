#pragma once
#include "unidg/core/torch.h"

#include <string>
#include <vector>

#include "unidg/nn/layers.h"

namespace unidg::models::sam {

using nn::Conv2d;
using nn::LayerNorm;
using nn::Linear;
using torch::Tensor;
using weights::Scope;

/// Linear layers with an activation between them. Keys: proj_in.*, layers.i.*, proj_out.*.
class FeedForwardImpl : public torch::nn::Module {
 public:
  /// @param depth linear layers in all, at least 2  @param activation as nn::activate knows it
  FeedForwardImpl(const Scope& w, std::int64_t in, std::int64_t hidden, std::int64_t out, std::int64_t depth,
                  std::string activation = "relu");
  Tensor forward(const Tensor& x);  ///< [..., in] -> [..., out]
  Linear proj_in{nullptr}, proj_out{nullptr};
  std::vector<Linear> layers;

 private:
  std::string activation_;
};
TORCH_MODULE(FeedForward);

/// LayerNorm over the channels of a map. Keys: weight, bias.
class ChannelNormImpl : public torch::nn::Module {
 public:
  ChannelNormImpl(const Scope& w, std::int64_t channels, double eps);
  Tensor forward(const Tensor& x);  ///< [B, C, h, w]
  Tensor weight, bias;

 private:
  double eps_;
};
TORCH_MODULE(ChannelNorm);

/// Transposed convolution, kernel 2, stride 2: [B, in, h, w] -> [B, out, 2h, 2w]. Weights [in, out, 2, 2].
class DoublingConvolutionImpl : public torch::nn::Module {
 public:
  DoublingConvolutionImpl(const Scope& w, std::int64_t in, std::int64_t out);
  Tensor forward(const Tensor& x);
  Tensor weight, bias;
};
TORCH_MODULE(DoublingConvolution);

/// Sines and cosines of random directions: a place in [0, 1]^2 to D numbers. Key: positional_embedding [2,
/// D/2].
class PositionalEmbeddingImpl : public torch::nn::Module {
 public:
  PositionalEmbeddingImpl(const Scope& w, std::int64_t width);
  Tensor forward(const Tensor& places);  ///< [..., 2] (x, y) -> [..., D]
  Tensor grid(std::int64_t side);        ///< of the cells' centres: [1, D, side, side]
  Tensor positional_embedding;
};
TORCH_MODULE(PositionalEmbedding);

/// Learned rows. Key: weight [rows, D].
class EmbeddingImpl : public torch::nn::Module {
 public:
  EmbeddingImpl(const Scope& w, std::int64_t rows, std::int64_t width);
  Tensor weight;
};
TORCH_MODULE(Embedding);

}  // namespace unidg::models::sam
