"""torchvision's ImageNet files: which keys each must hold, and which digest its name promises."""

import hashlib
import re

import torch


def numbered(prefix, places, leaves=("weight", "bias")):
    return {f"{prefix}{place}.{leaf}" for place in places for leaf in leaves}


def fire_modules():
    return [f"{i}.{part}" for i in (3, 4, 6, 7, 9, 10, 11, 12) for part in ("squeeze", "expand1x1", "expand3x3")]


def resnet34_keys():
    norm = ("weight", "bias", "running_mean", "running_var")
    keys = {"conv1.weight", "fc.weight", "fc.bias"} | numbered("", ["bn1"], norm)
    for layer, blocks in enumerate((3, 4, 6, 3), 1):
        for block in range(blocks):
            at = f"layer{layer}.{block}."
            keys |= {f"{at}conv1.weight", f"{at}conv2.weight"} | numbered(at, ["bn1", "bn2"], norm)
        if layer > 1:
            keys |= {f"layer{layer}.0.downsample.0.weight"} | numbered(f"layer{layer}.0.downsample.", ["1"], norm)
    return keys


# name: (keys, what is kept, first digits of the published file's SHA-256)
NETS = {
    "alex": (numbered("features.", (0, 3, 6, 8, 10)) | numbered("classifier.", (1, 4, 6)), "features.", "7be5be79"),
    "vgg16": (numbered("features.", (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28))
              | numbered("classifier.", (0, 3, 6)), "features.", "397923af"),
    "squeezenet1_1": (numbered("features.", [0, *fire_modules()]) | numbered("classifier.", [1]), "features.",
                      "b8a52dc0"),
    "resnet34": (resnet34_keys(), "", "b627a593"),
}


def check_digest(path, published):
    """torchvision puts the first eight hexadecimal digits of a file's SHA-256 into its name."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    named = re.search(r"-([0-9a-f]{8})\.pth$", path.name)
    for source, expected in (("its name", named and named.group(1)), ("the published file", published)):
        if expected and not digest.startswith(expected):
            raise SystemExit(f"{path}: SHA-256 begins with {digest[:8]}, {source} says {expected}. Fetch the file again, "
                             "or pass --any-digest when these are weights of your own.")
    return digest


def convert(path, net, any_digest):
    """@returns tensors, SHA-256 of the file"""
    keys, kept, published = NETS[net]
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if any_digest else check_digest(path, published)
    stored = torch.load(path, map_location="cpu", weights_only=True)
    found = {k for k in stored if not k.endswith("num_batches_tracked")}
    if found != keys:
        raise SystemExit(f"{path}: not the keys of {net}; missing {sorted(keys - found)[:3]}, "
                         f"unknown {sorted(found - keys)[:3]}")
    return {k: stored[k].float().contiguous() for k in sorted(keys) if k.startswith(kept)}, digest
