"""Prodigy as prodigyopt computes it, on a small regression with a LoRA-like pair of factors (B starts at zero).

Owns tests/training/golden/prodigy_*: x, y, start.*; after every kept step, step_N.* (parameters) and step_N.d."""

import json

import torch
from prodigyopt import Prodigy

from cases import generator, save

KEPT = (1, 2, 10, 50, 200)
VARIANTS = {
    "paper": dict(lr=1.0, weight_decay=0.01, use_bias_correction=True, safeguard_warmup=True),
    "plain": dict(lr=0.5, weight_decay=0.0, d_coef=2.0, growth_rate=1.05),
    "sliced": dict(lr=1.0, weight_decay=0.02, use_bias_correction=True, slice_p=3, d0=1e-5),
    "no_momentum": dict(lr=1.0, betas=(0.0, 0.99), weight_decay=0.01, safeguard_warmup=True),
}


def loss_of(p, x, y):
    return ((x @ p["w"] + (x @ p["a"]) @ p["b"] - y) ** 2).mean()


def write():
    for name, options in VARIANTS.items():
        rng = generator(70)
        x, y = torch.randn(16, 7, generator=rng), torch.randn(16, 5, generator=rng) * 3
        start = {"w": torch.randn(7, 5, generator=rng), "a": torch.randn(7, 2, generator=rng), "b": torch.zeros(2, 5)}
        p = {k: torch.nn.Parameter(v.clone()) for k, v in start.items()}
        optimizer = Prodigy(p.values(), **options)
        out = {"x": x, "y": y, **{f"start.{k}": v for k, v in start.items()}}
        for step in range(1, max(KEPT) + 1):
            optimizer.zero_grad()
            loss_of(p, x, y).backward()
            optimizer.step()
            if step in KEPT:
                out |= {f"step_{step}.{k}": v.detach().clone() for k, v in p.items()}
                out[f"step_{step}.d"] = torch.tensor(float(optimizer.param_groups[0]["d"]), dtype=torch.float64)
        save("training", f"prodigy_{name}", out, {"options": json.dumps(options)})
