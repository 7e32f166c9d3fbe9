"""What every writer shares: seeded weights, and saving tensors as a fixture or as a parity case."""

import json
import pathlib

import torch
from safetensors.torch import save_file

TESTS = pathlib.Path(__file__).resolve().parents[2] / "tests"


def fixture_path(room, name):
    """tests/<room>/golden/<name>.safetensors; the folder is made."""
    folder = TESTS / room / "golden"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.safetensors"


def save(room, name, tensors, metadata=None):
    """Saves tensors (contiguous copies, so that views never share storage) and says so."""
    path = fixture_path(room, name)
    save_file({k: v.detach().clone().contiguous() for k, v in tensors.items()}, path, metadata=metadata)
    print(f"  {path.relative_to(TESTS)}  {path.stat().st_size / 1024:.0f} KiB")


def save_parity(room, name, network, config, weights, inputs, outputs, options=None):
    """One parity case (docs/formats.md)."""
    tensors = {f"weights.{k}": v for k, v in weights.items()}
    tensors |= {f"in.{k}": v for k, v in inputs.items()}
    tensors |= {f"out.{k}": v for k, v in outputs.items()}
    save(room, name, tensors, {
        "unidg.parity": "1",
        "network": network,
        "config": json.dumps(config),
        "options": json.dumps(options or {}),
    })


def generator(seed):
    return torch.Generator().manual_seed(seed)


def seed_weights(module, seed, gain=1.0):
    """Random weights that keep activations near one: matrices N(0, gain^2 / fan_in), scales of norms around one,
    biases small. Every parameter matters to the output, so a swapped or unused one is seen."""
    rng = generator(seed)
    with torch.no_grad():
        for name, parameter in sorted(module.named_parameters()):
            noise = torch.randn(parameter.shape, generator=rng)
            if parameter.ndim >= 2:
                parameter.copy_(noise * gain / parameter[0].numel() ** 0.5)
            elif name.endswith("weight"):
                parameter.copy_(1 + 0.2 * noise)
            else:
                parameter.copy_(0.1 * noise)
    return module.eval()
