"""Gradients of the MM-DiT (inputs, weights, LoRA factors) and of the autoencoder (inputs, weights), for the loss
sum(out * r) with a fixed random r. Fixtures: tests/models/golden/{flux,vae}_grad.safetensors: weights.*, in.*, out.*,
loss.* (the r of each output), grad.* (of in.<name> or of weights.<key>)."""

import json

import torch
from diffusers import AutoencoderKL, FluxTransformer2DModel
from peft import LoraConfig, inject_adapter_in_model

from cases import generator, save, seed_weights
from networks import flux_forward, flux_inputs, public_config


def collect(name, config, weights, inputs, outputs, parameters):
    """Runs the backward pass and saves everything. `parameters` maps a stored name to the tensor it belongs to."""
    rng = generator(99)
    factors = {k: torch.randn(v.shape, generator=rng) for k, v in outputs.items()}
    sum((outputs[k] * factors[k]).sum() for k in outputs).backward()
    tensors = {f"weights.{k}": v for k, v in weights.items()}
    tensors |= {f"in.{k}": v for k, v in inputs.items()}
    tensors |= {f"out.{k}": v for k, v in outputs.items()}
    tensors |= {f"loss.{k}": v for k, v in factors.items()}
    tensors |= {f"grad.in.{k}": v.grad for k, v in inputs.items() if v.grad is not None}
    tensors |= {f"grad.weights.{k}": v.grad for k, v in parameters.items()}
    save("models", name, tensors, {"config": json.dumps(config)})


def write_flux():
    config = dict(patch_size=1, in_channels=24, out_channels=4, num_layers=1, num_single_layers=1,
                  attention_head_dim=8, num_attention_heads=2, joint_attention_dim=10, pooled_projection_dim=6,
                  guidance_embeds=True, axes_dims_rope=(2, 4, 2))
    model = seed_weights(FluxTransformer2DModel(**config), 41)
    weights = {k: v.clone() for k, v in model.state_dict().items()}
    stored = public_config(model)
    adapted = ["transformer_blocks.0.attn.to_q", "transformer_blocks.0.ff.net.2", "single_transformer_blocks.0.proj_out"]
    inject_adapter_in_model(LoraConfig(r=2, lora_alpha=3, target_modules=adapted), model)
    rng = generator(42)
    named = dict(model.named_parameters())
    for key, parameter in named.items():
        if "lora_" in key:
            parameter.data.copy_(0.3 * torch.randn(parameter.shape, generator=rng))
        parameter.requires_grad_(True)

    inputs = flux_inputs(config, batch=2, rows=2, columns=3, text=3, rng=generator(43))
    for key in ("hidden_states", "encoder_hidden_states", "pooled"):
        inputs[key].requires_grad_(True)
    watched = {
        k: named[k] for k in (
            "x_embedder.weight", "time_text_embed.guidance_embedder.linear_2.weight",
            "transformer_blocks.0.norm1.linear.weight", "transformer_blocks.0.attn.norm_k.weight",
            "transformer_blocks.0.attn.norm_added_q.weight", "transformer_blocks.0.ff_context.net.0.proj.weight",
            "single_transformer_blocks.0.norm.linear.bias", "single_transformer_blocks.0.attn.to_v.weight",
            "norm_out.linear.weight", "proj_out.bias")
    }
    factors = {f"{key}.lora_{f}.weight": named[f"{key}.lora_{f}.default.weight"] for key in adapted for f in "AB"}
    outputs = {"velocity": flux_forward(model, inputs)}
    collect("flux_grad", stored | {"lora_scale": 1.5}, weights | {k: v.detach() for k, v in factors.items()}, inputs,
            outputs, watched | factors)


def write_vae():
    model = AutoencoderKL(
        latent_channels=3, block_out_channels=(6, 9), layers_per_block=1, norm_num_groups=3,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        use_quant_conv=False, use_post_quant_conv=False)
    seed_weights(model, 51)
    rng = generator(52)
    inputs = {"image": torch.rand(1, 3, 8, 12, generator=rng) * 2 - 1, "latent": torch.randn(1, 3, 4, 6, generator=rng)}
    for tensor in inputs.values():
        tensor.requires_grad_(True)
    posterior = model.encode(inputs["image"]).latent_dist
    outputs = {"mean": posterior.mean, "logvar": posterior.logvar, "image": model.decode(inputs["latent"]).sample}
    named = dict(model.named_parameters())
    watched = {
        k: named[k] for k in (
            "encoder.conv_in.weight", "encoder.down_blocks.0.downsamplers.0.conv.weight",
            "encoder.down_blocks.1.resnets.0.norm1.weight", "encoder.mid_block.attentions.0.to_q.weight",
            "encoder.conv_norm_out.bias", "decoder.up_blocks.0.upsamplers.0.conv.weight",
            "decoder.up_blocks.1.resnets.0.conv_shortcut.weight", "decoder.mid_block.attentions.0.group_norm.weight",
            "decoder.conv_out.bias")
    }
    collect("vae_grad", public_config(model), model.state_dict(), inputs, outputs, watched)


def write():
    write_flux()
    write_vae()
