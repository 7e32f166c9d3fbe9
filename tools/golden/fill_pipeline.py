"""Parity cases of the whole pipeline: Redux tokens, masked image, mask packing, schedule, Euler, decoding. diffusers'
FluxFillPipeline computes them, a loop written out below checks it. Fixtures:
tests/generation/golden/fill_pipeline_*.safetensors."""

import json

import numpy as np
import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxFillPipeline, FluxTransformer2DModel
from diffusers.pipelines.flux import pipeline_flux_fill
from diffusers.pipelines.flux.modeling_flux import ReduxImageEncoder
from PIL import Image
from transformers import SiglipVisionConfig, SiglipVisionModel

from cases import generator, save_parity, seed_weights
from networks import position_ids, public_config, siglip_config_json

TEXT_TOKENS, POOLED, JOINT, FEATURES = 512, 6, 10, 12


def networks(seed, guided):
    """Networks of FLUX.1-Fill's interfaces (16 latent channels, 8 x 8 pixels each) but a few channels wide."""
    return {
        "transformer": seed_weights(FluxTransformer2DModel(
            patch_size=1, in_channels=384, out_channels=64, num_layers=1, num_single_layers=1, attention_head_dim=8,
            num_attention_heads=2, joint_attention_dim=JOINT, pooled_projection_dim=POOLED, guidance_embeds=guided,
            axes_dims_rope=(2, 4, 2)), seed),
        "vae": seed_weights(AutoencoderKL(
            latent_channels=16, block_out_channels=(4, 4, 8, 8), layers_per_block=1, norm_num_groups=2,
            down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
            use_quant_conv=False, use_post_quant_conv=False, scaling_factor=0.3611, shift_factor=0.1159), seed + 1),
        "image_encoder": seed_weights(SiglipVisionModel(SiglipVisionConfig(
            hidden_size=FEATURES, intermediate_size=20, num_hidden_layers=2, num_attention_heads=3, image_size=23,
            patch_size=5)), seed + 2),
        "image_embedder": seed_weights(ReduxImageEncoder(redux_dim=FEATURES, txt_in_features=JOINT), seed + 3),
    }


def scheduler():
    return FlowMatchEulerDiscreteScheduler(
        shift=3.0, use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15, base_image_seq_len=256,
        max_image_seq_len=4096)


def pictures(seed, side, reference_side):
    """A diptych, its mask (only in the right half, touching the lower border) and a reference, all uint8."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:side, 0:2 * side]
    smooth = np.stack([127 + 90 * np.sin(rows / 5 + k) * np.cos(columns / (4 + k)) for k in range(3)], -1)
    image = np.clip(smooth + rng.normal(0, 12, smooth.shape), 0, 255).astype(np.uint8)
    mask = np.zeros((side, 2 * side), np.uint8)
    mask[side // 2:, side + 5:2 * side - 9] = 255
    reference = rng.integers(0, 256, (reference_side, reference_side, 3), dtype=np.uint8)
    return image, mask, reference


def pack(x):
    b, c, h, w = x.shape
    return x.view(b, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(b, h * w // 4, 4 * c)


def by_hand(nets, image, mask, embeds, noise, steps, guidance, hole):
    """The same, written out: condition, dynamic shift, Euler, decoding."""
    transformer, vae = nets["transformer"], nets["vae"]
    shift, scale = vae.config.shift_factor, vae.config.scaling_factor
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1
    paint = (torch.from_numpy(mask)[None, None] >= 128).float()
    masked = pixels * (1 - paint) - (paint if hole == "black" else 0)
    height, width = image.shape[0] // 8, image.shape[1] // 8
    latent = (vae.encode(masked).latent_dist.mean - shift) * scale
    cells = paint.view(1, height, 8, width, 8).permute(0, 2, 4, 1, 3).reshape(1, 64, height, width)
    condition = torch.cat([pack(latent), pack(cells)], -1)

    tokens = noise.shape[1]
    mu = tokens * (1.15 - 0.5) / (4096 - 256) + 0.5 - 256 * (1.15 - 0.5) / (4096 - 256)
    base = np.linspace(1, 1 / steps, steps)
    sigmas = [*(np.exp(mu) / (np.exp(mu) + (1 / base - 1))), 0.0]
    x = noise
    for sigma, following in zip(sigmas[:-1], sigmas[1:]):
        velocity = transformer(
            hidden_states=torch.cat([x, condition], -1),
            encoder_hidden_states=torch.cat([torch.zeros(1, TEXT_TOKENS, JOINT), embeds], 1),
            pooled_projections=torch.zeros(1, POOLED), timestep=torch.tensor([sigma], dtype=torch.float32),
            guidance=torch.tensor([guidance]) if transformer.config.guidance_embeds else None,
            img_ids=position_ids(height // 2, width // 2), txt_ids=torch.zeros(TEXT_TOKENS + embeds.shape[1], 3),
            return_dict=False)[0]
        x = x + (following - sigma) * velocity
    grid = x.view(1, height // 2, width // 2, 16, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(1, 16, height, width)
    decoded = vae.decode(grid / scale + shift).sample
    return x, (decoded / 2 + 0.5).clamp(0, 1)[0]


def by_diffusers(nets, image, mask, embeds, noise, steps, guidance, hole):
    pipe = FluxFillPipeline(scheduler(), nets["vae"], None, None, None, None, nets["transformer"])
    pipe.set_progress_bar_config(disable=True)
    pipeline_flux_fill.retrieve_latents = lambda output, **_: output.latent_dist.mode()  # the mean, not a sample
    if hole == "black":  # the grey of masked pixels, 0, becomes -1
        grey = pipe.prepare_mask_latents
        pipe.prepare_mask_latents = lambda paint, masked, *rest: grey(paint, masked - paint, *rest)
    kwargs = dict(image=Image.fromarray(image), mask_image=Image.fromarray(mask), height=image.shape[0],
                  width=image.shape[1], prompt_embeds=torch.cat([torch.zeros(1, TEXT_TOKENS, JOINT), embeds], 1),
                  pooled_prompt_embeds=torch.zeros(1, POOLED), num_inference_steps=steps, guidance_scale=guidance,
                  latents=noise)
    return pipe(output_type="latent", **kwargs).images, pipe(output_type="pt", **kwargs).images[0]


def write_case(name, seed, side, guided, steps, guidance, hole):
    nets = networks(seed, guided)
    image, mask, reference = pictures(seed, side, nets["image_encoder"].config.image_size)
    pixels = (torch.from_numpy(reference).permute(2, 0, 1)[None].float() / 255 - 0.5) / 0.5
    embeds = nets["image_embedder"](nets["image_encoder"](pixels).last_hidden_state).image_embeds
    noise = torch.randn(1, (side // 16) * (2 * side // 16), 64, generator=generator(seed + 7))

    settings = (embeds, noise, steps, guidance, hole)
    expected, expected_image = by_hand(nets, image, mask, *settings)
    latent, picture = by_diffusers(nets, image, mask, *settings)
    for ours, theirs in ((expected, latent), (expected_image, picture)):
        difference = (ours - theirs).abs().max().item() / theirs.abs().max().item()
        assert difference < 2e-5, f"{name}: the loop and diffusers differ by {difference:.1e}"

    weights = {}
    for part, net in nets.items():
        keys = {k.removeprefix("vision_model."): v for k, v in net.state_dict().items()}
        middle = "vision_model." if part == "image_encoder" else ""
        weights |= {f"{part}.{middle}{k}": v for k, v in keys.items()}
    config = {part: public_config(net) for part, net in nets.items() if part != "image_encoder"}
    config["image_encoder"] = siglip_config_json(nets["image_encoder"].config)
    config["scheduler"] = {k: v for k, v in json.loads(scheduler().to_json_string()).items() if not k.startswith("_")}
    save_parity("generation", name, "fill_pipeline", config, weights,
                {"image": torch.from_numpy(image), "mask": torch.from_numpy(mask),
                 "reference": torch.from_numpy(reference), "noise": noise},
                {"embeds": embeds, "latent": latent, "image": picture},
                {"steps": steps, "guidance": guidance, "hole": hole})


@torch.no_grad()
def write():
    write_case("fill_pipeline_grey", 61, side=48, guided=True, steps=4, guidance=30.0, hole="grey")
    write_case("fill_pipeline_black", 71, side=32, guided=False, steps=3, guidance=3.5, hole="black")
