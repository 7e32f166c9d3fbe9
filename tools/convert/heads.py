"""The linear heads of LPIPS v0.1, legacy torch serialisation or safetensors-able dict of lin{k}.model.1.weight."""

import hashlib

import torch

CHANNELS = {
    "alex": (64, 192, 384, 256, 256),
    "vgg16": (64, 128, 256, 512, 512),
    "squeezenet1_1": (64, 128, 256, 384, 384, 512, 512),
}
# first digits of the SHA-256 of alex.pth, vgg.pth and squeeze.pth in lpips/weights/v0.1
PUBLISHED = {"alex": "df73285e", "vgg16": "a78928a0", "squeezenet1_1": "4a5350f2"}


def convert(path, net, any_digest):
    """@returns tensors, SHA-256 of the file"""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if not any_digest and not digest.startswith(PUBLISHED[net]):
        raise SystemExit(f"{path}: SHA-256 begins with {digest[:8]}, the published heads of {net} with {PUBLISHED[net]}. "
                         "Fetch the file again, or pass --any-digest when these are heads of your own.")
    stored = torch.load(path, map_location="cpu", weights_only=True)
    expected = {f"lin{k}.model.1.weight": (1, c, 1, 1) for k, c in enumerate(CHANNELS[net])}
    found = {k: tuple(v.shape) for k, v in stored.items()}
    if found != expected:
        raise SystemExit(f"{path}: holds {found}, the heads of {net} are {expected}")
    for key, value in stored.items():
        if not torch.isfinite(value).all() or (value < 0).any():
            raise SystemExit(f"{path}: '{key}' holds a negative or infinite weight; LPIPS heads are non-negative")
    return {k: v.float().contiguous() for k, v in stored.items()}, digest
