"""Parity cases of the single networks: flux_transformer, vae_encode, vae_decode, siglip, redux; two odd configurations
each, from diffusers and transformers. Fixtures: tests/models/golden/{flux,vae,siglip,redux}_*.safetensors."""

import json

import torch
from diffusers import AutoencoderKL, FluxTransformer2DModel
from diffusers.pipelines.flux.modeling_flux import ReduxImageEncoder
from transformers import SiglipVisionConfig, SiglipVisionModel

from cases import generator, save_parity, seed_weights


def public_config(module):
    """The module's config.json without the library's notes to itself."""
    return {k: v for k, v in json.loads(module.to_json_string()).items() if not k.startswith("_")}


def position_ids(rows, columns):
    ids = torch.zeros(rows, columns, 3)
    ids[..., 1] += torch.arange(rows)[:, None]
    ids[..., 2] += torch.arange(columns)[None, :]
    return ids.reshape(rows * columns, 3)


def flux_inputs(config, batch, rows, columns, text, rng):
    return {
        "hidden_states": torch.randn(batch, rows * columns, config["in_channels"], generator=rng),
        "encoder_hidden_states": torch.randn(batch, text, config["joint_attention_dim"], generator=rng),
        "pooled": torch.randn(batch, config["pooled_projection_dim"], generator=rng),
        "timestep": torch.linspace(0.37, 0.91, batch) if batch > 1 else torch.tensor([0.6875]),
        "guidance": torch.linspace(3.5, 30.0, batch) if batch > 1 else torch.tensor([30.0]),
        "img_ids": position_ids(rows, columns),
        "txt_ids": torch.zeros(text, 3),
    }


def flux_forward(model, inputs):
    """diffusers' forward; per-key weights become the additive attention mask ln(w)."""
    kwargs = {}
    if "key_weights" in inputs:
        kwargs["joint_attention_kwargs"] = {"attention_mask": inputs["key_weights"].log()[:, None, None, :]}
    return model(
        hidden_states=inputs["hidden_states"],
        encoder_hidden_states=inputs["encoder_hidden_states"],
        pooled_projections=inputs["pooled"],
        timestep=inputs["timestep"],
        guidance=inputs["guidance"] if model.config.guidance_embeds else None,
        img_ids=inputs["img_ids"],
        txt_ids=inputs["txt_ids"],
        return_dict=False,
        **kwargs,
    )[0]


def write_flux():
    guided = dict(patch_size=1, in_channels=384, out_channels=64, num_layers=2, num_single_layers=1,
                  attention_head_dim=8, num_attention_heads=3, joint_attention_dim=10, pooled_projection_dim=7,
                  guidance_embeds=True, axes_dims_rope=(2, 4, 2))
    unguided = dict(patch_size=1, in_channels=384, out_channels=64, num_layers=1, num_single_layers=2,
                    attention_head_dim=16, num_attention_heads=1, joint_attention_dim=18, pooled_projection_dim=5,
                    guidance_embeds=False, axes_dims_rope=(4, 6, 6))

    model = seed_weights(FluxTransformer2DModel(**guided), 1)
    inputs = flux_inputs(guided, batch=1, rows=3, columns=5, text=4, rng=generator(2))
    save_parity("models", "flux_guided", "flux_transformer", public_config(model), model.state_dict(), inputs,
                {"velocity": flux_forward(model, inputs)})

    model = seed_weights(FluxTransformer2DModel(**unguided), 3)
    inputs = flux_inputs(unguided, batch=2, rows=2, columns=7, text=5, rng=generator(4))
    weights = torch.ones(2, 5 + 14)
    weights[:, 0] = 512.0  # a collapsed run of equal text tokens
    weights[0, 8:13] = 2.0  # alpha on a defect region
    weights[1, 6:8] = 0.25
    inputs["key_weights"] = weights
    save_parity("models", "flux_unguided_weighted", "flux_transformer", public_config(model), model.state_dict(),
                inputs, {"velocity": flux_forward(model, inputs)})


def vae_models():
    plain = AutoencoderKL(
        in_channels=3, out_channels=3, latent_channels=4, block_out_channels=(8, 12, 16), layers_per_block=2,
        norm_num_groups=4, down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3,
        use_quant_conv=False, use_post_quant_conv=False, scaling_factor=0.3611, shift_factor=0.1159)
    quantised = AutoencoderKL(
        in_channels=3, out_channels=3, latent_channels=3, block_out_channels=(6, 9), layers_per_block=1,
        norm_num_groups=3, down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        use_quant_conv=True, use_post_quant_conv=True, mid_block_add_attention=False)
    seed_weights(plain, 11)
    seed_weights(quantised, 12)
    with torch.no_grad():  # two channels of logvar leave [-30, 20], so that the clamp is seen
        quantised.quant_conv.bias[3] = 40.0
        quantised.quant_conv.bias[4] = -60.0
    return {"plain": (plain, (1, 24, 40)), "quantised": (quantised, (2, 10, 14))}


def write_vae():
    for name, (model, (batch, height, width)) in vae_models().items():
        rng = generator(13)
        weights = model.state_dict()
        scale = 2 ** (len(model.config.block_out_channels) - 1)
        image = torch.rand(batch, 3, height, width, generator=rng) * 2 - 1
        latent = torch.randn(batch, model.config.latent_channels, height // scale, width // scale, generator=rng)
        posterior = model.encode(image).latent_dist
        halves = {half: {k: v for k, v in weights.items() if k.split(".")[0] in parts} for half, parts in
                  {"encoder": ("encoder", "quant_conv"), "decoder": ("decoder", "post_quant_conv")}.items()}
        save_parity("models", f"vae_encode_{name}", "vae_encode", public_config(model),
                    halves["encoder"] if name == "plain" else weights, {"image": image},
                    {"mean": posterior.mean, "logvar": posterior.logvar})
        save_parity("models", f"vae_decode_{name}", "vae_decode", public_config(model),
                    halves["decoder"] if name == "plain" else weights, {"latent": latent},
                    {"image": model.decode(latent).sample})


def siglip_config_json(config):
    names = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_channels",
             "image_size", "patch_size", "hidden_act", "layer_norm_eps", "attention_dropout")
    return {"model_type": "siglip_vision_model"} | {k: getattr(config, k) for k in names}


def write_siglip():
    cases = {
        # 30 = 4 * 7 + 2: the last pixels are never looked at; stored with the prefix and the unused head
        "siglip_floor": (SiglipVisionConfig(hidden_size=12, intermediate_size=20, num_hidden_layers=2,
                                            num_attention_heads=3, image_size=30, patch_size=7), 1, "vision_model."),
        "siglip_exact_gelu": (SiglipVisionConfig(hidden_size=20, intermediate_size=33, num_hidden_layers=3,
                                                 num_attention_heads=2, image_size=20, patch_size=4,
                                                 hidden_act="gelu", layer_norm_eps=1e-5), 3, ""),
    }
    for seed, (name, (config, batch, prefix)) in enumerate(cases.items()):
        config._attn_implementation = "eager"
        model = seed_weights(SiglipVisionModel(config), 21 + seed)
        pixels = torch.rand(batch, 3, config.image_size, config.image_size, generator=generator(23)) * 2 - 1
        weights = {k.removeprefix("vision_model."): v for k, v in model.state_dict().items()}
        stored = siglip_config_json(config)
        save_parity("models", name, "siglip", {"vision_config": stored} if prefix else stored,
                    {prefix + k: v for k, v in weights.items() if prefix or not k.startswith("head.")},
                    {"pixel_values": pixels}, {"last_hidden_state": model(pixels).last_hidden_state})


def write_redux():
    for seed, (name, batch, tokens, wide, narrow) in enumerate([("redux_wide", 1, 9, 12, 16),
                                                                ("redux_narrow", 2, 5, 21, 6)]):
        model = seed_weights(ReduxImageEncoder(redux_dim=wide, txt_in_features=narrow), 31 + seed)
        features = torch.randn(batch, tokens, wide, generator=generator(33))
        save_parity("models", name, "redux", public_config(model), model.state_dict(), {"features": features},
                    {"embeds": model(features).image_embeds})


@torch.no_grad()
def write():
    write_flux()
    write_vae()
    write_siglip()
    write_redux()
