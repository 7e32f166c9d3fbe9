#pragma once
#include <map>
#include <string>

#include "unidg/models/codec/codec.h"
#include "unidg/weights/scope.h"

namespace unidg::models {

/// The small model's codec: principal components of 8 x 8 patches, luma and chroma apart, so that a grey
/// picture has zero chroma coefficients and comes back exactly grey. Closed form: trained in seconds, no run
/// time to speak of.
///
/// Colour: Y = (R + G + B) / 3, then two differences R - Y, B - Y. Coefficient k of a patch is
/// (basis_k . (patch - mean)) / scale_k; luma channels come first.
class LinearCodec : public Codec {
 public:
  struct Part {
    Tensor basis;  ///< orthonormal rows, [K, 64] luma or [K, 128] chroma
    Tensor scale;  ///< [K]
  };
  /// Keys `luma.basis`, `luma.scale`, `luma.mean` (one number: the mean level), `chroma.basis`,
  /// `chroma.scale`.
  explicit LinearCodec(const weights::Scope& w);
  LinearCodec(Part luma, double luma_mean, Part chroma);

  Tensor encode(const Tensor& image) const override;
  Tensor decode(const Tensor& latent) const override;
  std::int64_t channels() const override { return luma_.basis.size(0) + chroma_.basis.size(0); }
  std::map<std::string, Tensor> tensors() const;
  void to(torch::Device device);

 private:
  void build();
  Part luma_, chroma_;
  Tensor luma_mean_;               // [1]
  Tensor encoder_, encoder_bias_;  // [K, 3, 8, 8], [K]: everything above as one strided convolution
  Tensor decoder_, decoder_bias_;  // [K, 3, 8, 8], [3]
};

/// Accumulates patch statistics and solves for the components.
class LinearCodecFit {
 public:
  LinearCodecFit();
  /// @param images [B, 3, H, W] in [-1, 1], sides multiples of 8
  void add(const Tensor& images);
  /// @param whitening exponent w: coefficient k is divided by std_k^w, then all by one number so that the
  /// whole has
  ///   standard deviation 1
  LinearCodec solve(std::int64_t luma_channels, std::int64_t chroma_channels, double whitening = 0.5) const;

 private:
  Tensor luma_sum_, luma_moment_, chroma_moment_;  // fp64
  double patches_ = 0;
};

}  // namespace unidg::models
