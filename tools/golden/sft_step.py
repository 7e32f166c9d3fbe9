"""Diversity-SFT on a tiny Fill transformer, as diffusers, peft and prodigyopt compute it: flow matching over the whole
diptych (Eq. 4), 0.1 x Eq. 9 on the one-step estimate, defect attention (Eq. 11) as an additive mask, 512 zero text
tokens, LoRA on Insert-Anything's list, Prodigy with the settings of Sec. 6.1, gradient norm at most 0.5.

Owns tests/sft/step/golden/{sft_step,eq9}. sft_step: weights.*, batch.*, t [S, B], noise [S, B, L, C], lora.start.*,
flow, reg [S], grad_norm [S], d [S], lora.step_1.*, lora.step_50.* and gradients of the first step lora.grad.*."""

import json

import torch
import torch.nn.functional as F
from diffusers import FluxTransformer2DModel
from peft import LoraConfig, inject_adapter_in_model
from prodigyopt import Prodigy

from cases import generator, save, seed_weights
from networks import position_ids, public_config

TEXT, ROWS, COLUMNS, B, C, K, REDUX, STEPS, RANK, ALPHA = 512, 2, 6, 3, 8, 5, 4, 50, 2, 3
TAU, WEIGHT = 0.5, 0.1
TARGETS = (r"x_embedder|transformer_blocks\.\d+\.(norm1\.linear|attn\.to_[qkv]|attn\.to_out\.0|ff\.net\.2)"
           r"|single_transformer_blocks\.\d+\.(norm\.linear|attn\.to_[qkv]|proj_mlp|proj_out)")


def eq9(z_target, z_normal, members, has_normal, latent=False):
    """Mean over the items that count; loops, as it is printed."""
    terms = []
    for z, n, inside, counts in zip(z_target, z_normal, members, has_normal):
        if not counts or not inside.any():
            continue
        similarities = []
        for i in torch.nonzero(inside)[:, 0]:
            if latent:
                pairs = [(z[i].view(-1, 4)[:, k], n[i].view(-1, 4)[:, k]) for k in range(4)]
            else:
                pairs = [(z[i], n[i])]
            similarities += [F.cosine_similarity(a, b, dim=0, eps=1e-8) for a, b in pairs]
        terms.append(F.relu(torch.stack(similarities).mean() - TAU))
    return torch.stack(terms).mean() if terms else torch.zeros(())


def batch(rng):
    tokens = ROWS * COLUMNS
    x0 = torch.randn(B, tokens, C, generator=rng)
    left, right = torch.zeros(B, tokens, dtype=torch.bool), torch.zeros(B, tokens, dtype=torch.bool)
    left[0, [0, 1]] = left[1, 7] = left[2, 8] = True
    right[0, [3, 4]] = right[1, [10, 11]] = True  # the third item has an empty mask: Eq. 9 skips it
    normal = x0 + 0.4 * torch.randn(B, tokens, C, generator=rng)
    return {"x0": x0, "condition": torch.randn(B, tokens, K, generator=rng),
            "redux": torch.randn(B, REDUX, 10, generator=rng), "normal": normal,
            "has_normal": torch.tensor([True, True, True]), "left": left, "right": right}


def parts(model, data, t, noise):
    x_t = (1 - t)[:, None, None] * data["x0"] + t[:, None, None] * noise
    members = data["left"] | data["right"]
    bias = torch.cat([torch.zeros(B, TEXT + REDUX), members.float() * torch.log(torch.tensor(2.0))], 1)
    velocity = model(
        hidden_states=torch.cat([x_t, data["condition"]], -1),
        encoder_hidden_states=torch.cat([torch.zeros(B, TEXT, 10), data["redux"]], 1),
        pooled_projections=torch.zeros(B, 6), timestep=t, guidance=torch.ones(B), img_ids=position_ids(ROWS, COLUMNS),
        txt_ids=torch.zeros(TEXT + REDUX, 3), return_dict=False,
        joint_attention_kwargs={"attention_mask": bias[:, None, None, :]})[0]
    flow = F.mse_loss(velocity, noise - data["x0"])
    return flow, eq9(x_t - t[:, None, None] * velocity, data["normal"], data["right"], data["has_normal"])


def write_step():
    model = seed_weights(FluxTransformer2DModel(
        patch_size=1, in_channels=C + K, out_channels=C, num_layers=1, num_single_layers=1, attention_head_dim=8,
        num_attention_heads=2, joint_attention_dim=10, pooled_projection_dim=6, guidance_embeds=True,
        axes_dims_rope=(2, 4, 2)), 61)
    out = {f"weights.{k}": v.clone() for k, v in model.state_dict().items()}
    config = public_config(model)
    inject_adapter_in_model(LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=TARGETS), model)
    rng = generator(62)
    factors = {}
    for key, parameter in model.named_parameters():
        parameter.requires_grad_("lora_" in key)
        if "lora_" in key:
            module, which = key.split(".lora_")
            factors[f"{module}.{which[0].lower()}"] = parameter
            parameter.data.copy_(torch.randn(parameter.shape, generator=rng) / RANK**0.5 if which[0] == "A" else
                                 torch.zeros(parameter.shape))
    data = batch(rng)
    out |= {f"batch.{k}": v for k, v in data.items()} | {f"lora.start.{k}": v.detach().clone() for k, v in factors.items()}
    t = torch.sigmoid(torch.randn(STEPS, B, generator=rng))
    noise = torch.randn(STEPS, B, ROWS * COLUMNS, C, generator=rng)
    optimizer = Prodigy(factors.values(), lr=1.0, weight_decay=0.01, use_bias_correction=True, safeguard_warmup=True)
    logs = {"flow": [], "reg": [], "grad_norm": [], "d": []}
    for step in range(STEPS):
        optimizer.zero_grad()
        flow, reg = parts(model, data, t[step], noise[step])
        (flow + WEIGHT * reg).backward()
        if step == 0:
            out |= {f"lora.grad.{k}": v.grad.clone() for k, v in factors.items()}
        logs["grad_norm"].append(torch.nn.utils.clip_grad_norm_(factors.values(), 0.5).item())
        optimizer.step()
        logs["flow"].append(flow.item()), logs["reg"].append(reg.item())
        logs["d"].append(float(optimizer.param_groups[0]["d"]))
        if step in (0, STEPS - 1):
            out |= {f"lora.step_{step + 1}.{k}": v.detach().clone() for k, v in factors.items()}
    assert logs["d"][-1] > 3e-6 and max(logs["reg"]) > 0.01, (logs["d"], logs["reg"])
    out |= {k: torch.tensor(v, dtype=torch.float64) for k, v in logs.items()} | {"t": t, "noise": noise}
    save("sft/step", "sft_step", out, {"config": json.dumps(config), "lora": json.dumps({"rank": RANK, "alpha": ALPHA})})


def write_eq9():
    rng = generator(63)
    data = batch(rng)
    out = {f"batch.{k}": data[k] for k in ("normal", "right", "has_normal")}
    out["batch.has_normal"] = torch.tensor([True, True, False])
    z = (data["normal"] + 0.3 * torch.randn(data["normal"].shape, generator=rng)).requires_grad_()
    out["z"] = z
    for name in ("packed", "latent"):
        value = eq9(z, data["normal"], data["right"], out["batch.has_normal"], name == "latent")
        z.grad = None
        value.backward()
        out |= {name: value, f"{name}.grad": z.grad.clone()}
    save("sft/step", "eq9", out)


def write():
    write_eq9()
    write_step()
