#pragma once
#include "unidg/models/sam/mask_decoder.h"
#include "unidg/models/sam/vision_encoder.h"

namespace unidg::models::sam {

/// SAM 2 for still pictures, as transformers' Sam2Model: the picture is encoded once, then asked for masks as
/// often as wanted. Keys: vision_encoder.*, prompt_encoder.*, mask_decoder.*, shared_image_embedding.*,
/// no_memory_embedding.
class Sam2Impl : public torch::nn::Module {
 public:
  Sam2Impl(const Scope& w, Config c);

  /// @param pixels [1, 3, S, S], normalised by ImageNet's mean and deviation; S = image_size of the prompt
  /// encoder
  /// @throws InputError for another size
  PictureEmbedding encode(const Tensor& pixels);
  /// @throws InputError when the tensors of `prompts` do not fit each other
  Predictions predict(const PictureEmbedding& picture, const Prompts& prompts, MaskChoice choice);

  const Config& config() const { return config_; }
  VisionEncoder vision_encoder{nullptr};
  PromptEncoder prompt_encoder{nullptr};
  MaskDecoder mask_decoder{nullptr};
  PositionalEmbedding shared_image_embedding{nullptr};
  Tensor no_memory_embedding;  ///< [1, 1, D], stands for the frames that a still picture lacks

 private:
  Config config_;
};
TORCH_MODULE(Sam2);

/// Names of published checkpoints that serve films alone: memory attention and encoder, object pointers.
bool is_video_key(const std::string& name);

}  // namespace unidg::models::sam
