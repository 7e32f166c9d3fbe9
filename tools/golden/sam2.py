"""SAM 2 by transformers' Sam2Model on random weights, and the picture and mask sizes of Sam2ImageProcessor.
Fixtures: tests/models/golden/sam2.safetensors, tests/segmentation/golden/sam2_sizes.safetensors."""

import json

import torch
import torch.nn.functional as F
from transformers import Sam2Config
from transformers.models.sam2.configuration_sam2 import (Sam2HieraDetConfig, Sam2MaskDecoderConfig,
                                                         Sam2PromptEncoderConfig, Sam2VisionConfig)
from transformers.models.sam2.modeling_sam2 import Sam2Model

from cases import generator, save, seed_weights

SIDE = 96  # features of 24, 12, 6 and 3 cells: windows of 4 and 2 need padding


def small_config():
    backbone = Sam2HieraDetConfig(
        hidden_size=4, image_size=[SIDE, SIDE], embed_dim_per_stage=[4, 8, 12, 16],
        num_attention_heads_per_stage=[1, 2, 2, 4], blocks_per_stage=[1, 2, 3, 2], window_size_per_stage=[8, 4, 4, 2],
        global_attention_blocks=[4], window_positional_embedding_background_size=[5, 7], mlp_ratio=3.0)
    vision = Sam2VisionConfig(
        backbone_config=backbone, backbone_channel_list=[16, 12, 8, 4], backbone_feature_sizes=[[24, 24], [12, 12], [6, 6]],
        fpn_hidden_size=16, fpn_top_down_levels=[2, 3])
    prompts = Sam2PromptEncoderConfig(hidden_size=16, image_size=SIDE, patch_size=16, mask_input_channels=8)
    decoder = Sam2MaskDecoderConfig(hidden_size=16, mlp_dim=24, num_attention_heads=2, iou_head_hidden_dim=12)
    return Sam2Config(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder)


def public(config):
    """The fields that decide the network, as transformers names them in config.json."""
    keep = {
        "backbone_config": ("hidden_size", "num_channels", "image_size", "patch_kernel_size", "patch_stride", "patch_padding",
                            "query_stride", "window_positional_embedding_background_size", "num_query_pool_stages",
                            "blocks_per_stage", "embed_dim_per_stage", "num_attention_heads_per_stage",
                            "window_size_per_stage", "global_attention_blocks", "mlp_ratio", "hidden_act",
                            "layer_norm_eps"),
        "vision_config": ("backbone_channel_list", "backbone_feature_sizes", "fpn_hidden_size", "fpn_kernel_size",
                          "fpn_stride", "fpn_padding", "fpn_top_down_levels", "num_feature_levels"),
        "prompt_encoder_config": ("hidden_size", "image_size", "patch_size", "mask_input_channels",
                                  "num_point_embeddings", "hidden_act", "layer_norm_eps"),
        "mask_decoder_config": ("hidden_size", "mlp_dim", "num_hidden_layers", "num_attention_heads",
                                "attention_downsample_rate", "num_multimask_outputs", "iou_head_depth",
                                "iou_head_hidden_dim", "dynamic_multimask_via_stability",
                                "dynamic_multimask_stability_delta", "dynamic_multimask_stability_thresh"),
    }
    out = {name: {k: getattr(getattr(config, name), k) for k in keep[name]} for name in keep if name != "backbone_config"}
    backbone = config.vision_config.backbone_config
    out["vision_config"]["backbone_config"] = {k: getattr(backbone, k) for k in keep["backbone_config"]}
    return {"model_type": "sam2"} | out


def prompts():
    """Keyword arguments of Sam2Model by case."""
    rng = generator(61)
    points = torch.rand(1, 3, 2, 2, generator=rng) * SIDE
    labels = torch.tensor([[[1, 0], [1, -1], [1, -10]]])
    boxes = torch.tensor([[[10.0, 20.0, 70.5, 90.0], [0.0, 0.0, 95.0, 95.0], [30.0, 5.0, 60.0, 40.0]]])
    mask = torch.randn(1, 1, 24, 24, generator=rng) * 4
    wide = torch.randn(1, 1, 40, 40, generator=rng) * 4
    return {
        "points": dict(input_points=points, input_labels=labels, multimask_output=True),
        "boxes": dict(input_boxes=boxes, multimask_output=False),
        "both": dict(input_points=points, input_labels=labels, input_boxes=boxes, input_masks=mask,
                     multimask_output=True),
        "mask": dict(input_masks=wide, multimask_output=False),
    }


def write_network():
    config = small_config()
    config._attn_implementation = "eager"
    model = seed_weights(Sam2Model(config), 51)
    rng = generator(52)
    for embedding in (model.shared_image_embedding, model.prompt_encoder.shared_embedding):  # buffers, unlike each other
        embedding.positional_embedding.copy_(torch.randn(embedding.positional_embedding.shape, generator=rng))
    model.mask_decoder.output_hypernetworks_mlps.apply(
        lambda m: m.weight.mul_(2) if isinstance(m, torch.nn.Linear) else None)  # logits of a few units

    tensors = {f"weights.{k}": v for k, v in model.state_dict().items()}
    pixels = torch.randn(1, 3, SIDE, SIDE, generator=rng)
    tensors["pixels"] = pixels
    fine, middle, coarse = model.get_image_embeddings(pixels)
    tensors |= {"embedding": coarse, "mid_resolution": middle, "high_resolution": fine,
                "positions": model.get_image_wide_positional_embeddings()}

    # The stability at which the single mask gives way lies between those of the first two boxes.
    decoder = model.mask_decoder
    seen = {}
    scores = decoder._get_stability_scores
    decoder._get_stability_scores = lambda logits: seen.setdefault("scores", scores(logits))
    model(pixels, **prompts()["boxes"])
    decoder._get_stability_scores = scores
    ranked = seen["scores"].flatten().sort().values
    threshold = round(float(ranked[0] + ranked[1]) / 2, 4)
    assert ranked[0] < threshold < ranked[1], ranked
    decoder.dynamic_multimask_stability_thresh = threshold
    config.mask_decoder_config.dynamic_multimask_stability_thresh = threshold

    for name, kwargs in prompts().items():
        out = model(pixels, **kwargs)
        tensors |= {f"{name}.in.{k.removeprefix('input_')}": v[0] if k != "input_masks" else v
                    for k, v in kwargs.items() if isinstance(v, torch.Tensor)}
        tensors |= {f"{name}.masks": out.pred_masks[0], f"{name}.iou": out.iou_scores[0],
                    f"{name}.object_score": out.object_score_logits[0, :, 0]}
        if name != "mask":  # Sam2Model itself resizes this one and adds the empty point
            sparse, dense = model.get_prompt_embeddings(
                **{k: v for k, v in kwargs.items() if isinstance(v, torch.Tensor)})
            tensors |= {f"{name}.sparse": sparse[0], f"{name}.dense": dense}
    save("models", "sam2", tensors, {"config": json.dumps(public(config))})


def write_sizes():
    """What Sam2ImageProcessor does to a picture and to masks, in its own operators: torchvision's resize of bytes is
    this interpolation; the processor itself needs a torchvision that PyPI has no CPU build of."""
    rng = generator(71)
    picture = (torch.rand(1, 3, 20, 31, generator=rng) * 255).round().to(torch.uint8)
    resized = F.interpolate(picture, size=(24, 24), mode="bilinear", align_corners=False, antialias=True)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    masks = torch.randn(2, 1, 8, 8, generator=rng) * 5
    save("segmentation", "sam2_sizes", {
        "picture": picture[0].permute(1, 2, 0), "pixels": (resized.float() - 255 * mean) / (255 * std),
        "masks": masks, "upscaled": F.interpolate(masks, (20, 31), mode="bilinear", align_corners=False)})


@torch.no_grad()
def write():
    write_network()
    write_sizes()
