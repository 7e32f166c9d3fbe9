#include "unidg/models/sam/sam2.h"

namespace unidg::models::sam {

using nn::make_child;

namespace {

void require_shapes(const Prompts& prompts) {
  std::int64_t asked = -1;
  const auto same = [&](const Tensor& tensor, const char* what, bool fits, bool serves_all = false) {
    if (!fits)
      throw InputError("SAM 2: ", what, " of shape ", tensor.sizes(),
                       " cannot be asked with; expected points [P, N, 2], labels [P, N], boxes [P, 4], masks "
                       "[1 or P, 1, h, w].");
    if (asked >= 0 && tensor.size(0) != asked && !serves_all)
      throw InputError("SAM 2: ", what, " for ", tensor.size(0), " masks were given with prompts for ", asked,
                       "; give as many of each.");
    if (asked < 0) asked = tensor.size(0);
  };
  const auto &points = prompts.points, &labels = prompts.labels, &boxes = prompts.boxes,
             &masks = prompts.masks;
  if (points.defined()) same(points, "points", points.dim() == 3 && points.size(2) == 2);
  if (labels.defined())
    same(labels, "labels", points.defined() && labels.dim() == 2 && labels.size(1) == points.size(1));
  if (boxes.defined()) same(boxes, "boxes", boxes.dim() == 2 && boxes.size(1) == 4);
  if (masks.defined()) same(masks, "masks", masks.dim() == 4 && masks.size(1) == 1, masks.size(0) == 1);
}

}  // namespace

Sam2Impl::Sam2Impl(const Scope& w, Config c) : config_(std::move(c)) {
  const auto width = config_.vision_config.fpn_hidden_size;
  shared_image_embedding = make_child<PositionalEmbedding>(*this, w, "shared_image_embedding", width);
  vision_encoder = make_child<VisionEncoder>(*this, w, "vision_encoder", config_.vision_config);
  prompt_encoder = make_child<PromptEncoder>(*this, w, "prompt_encoder", config_.prompt_encoder_config,
                                             w["shared_image_embedding"]);
  mask_decoder = make_child<MaskDecoder>(*this, w, "mask_decoder", config_.mask_decoder_config);
  no_memory_embedding =
      register_parameter("no_memory_embedding", w.take("no_memory_embedding", {1, 1, width}), false);
}

PictureEmbedding Sam2Impl::encode(const Tensor& pixels) {
  const auto side = config_.prompt_encoder_config.image_size;
  if (pixels.dim() != 4 || pixels.size(0) != 1 || pixels.size(2) != side || pixels.size(3) != side)
    throw InputError("SAM 2: pixels of shape ", pixels.sizes(), "; expected one picture of ", side, " x ",
                     side, ". Resize it first.");
  const auto levels = vision_encoder(pixels);
  PictureEmbedding out;
  out.embedding = levels.coarse + no_memory_embedding.view({1, -1, 1, 1});
  out.positions = shared_image_embedding->grid(config_.prompt_encoder_config.embedding_side());
  out.high_resolution = mask_decoder->conv_s0(levels.fine);
  out.mid_resolution = mask_decoder->conv_s1(levels.middle);
  return out;
}

Predictions Sam2Impl::predict(const PictureEmbedding& picture, const Prompts& prompts, MaskChoice choice) {
  require_shapes(prompts);
  return mask_decoder(picture, prompt_encoder(prompts), choice);
}

bool is_video_key(const std::string& name) {
  for (const auto* start : {"memory_", "mask_downsample.", "object_pointer_proj.",
                            "temporal_positional_encoding_projection_layer."})
    if (name.starts_with(start)) return true;
  return name == "no_memory_positional_encoding" || name == "no_object_pointer" ||
         name == "occlusion_spatial_embedding_parameter";
}

}  // namespace unidg::models::sam
