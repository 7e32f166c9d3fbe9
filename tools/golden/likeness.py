"""Intra-cluster LPIPS in its three variants, written down directly from their definition (docs/evaluation.md) on a tiny
AlexNet-like backbone: a loop over centres, pictures and pairs. Fixture: tests/evaluation/likeness/golden/likeness.safetensors.
Pictures are stored as uint8, so the C++ side reads the same ones from PNG files."""

import json

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from cases import generator, save

# (kind, width, kernel, stride, padding) of torchvision's AlexNet with every width divided by 16; True: tapped
LAYERS = [("conv", 4, 11, 4, 2), ("relu", True), ("pool",), ("conv", 12, 5, 1, 2), ("relu", True), ("pool",),
          ("conv", 24, 3, 1, 1), ("relu", True), ("conv", 16, 3, 1, 1), ("relu", True), ("conv", 16, 3, 1, 1),
          ("relu", True)]
SHIFT = torch.tensor([-0.030, -0.088, -0.188]).view(3, 1, 1)
SCALE = torch.tensor([0.458, 0.448, 0.450]).view(3, 1, 1)


def random_weights(rng):
    out, before, tap = {}, 3, 0
    for i, layer in enumerate(LAYERS):
        if layer[0] == "conv":
            shape = (layer[1], before, layer[2], layer[2])
            out[f"features.{i}.weight"] = torch.randn(shape, generator=rng) * (2 / (before * layer[2] ** 2)) ** 0.5
            out[f"features.{i}.bias"] = torch.randn(shape[0], generator=rng) * 0.1
            before = layer[1]
        elif layer[0] == "relu":
            out[f"lin{tap}.model.1.weight"] = torch.rand(1, before, 1, 1, generator=rng)
            tap += 1
    return out


def taps(weights, image):
    x, out = ((image - SHIFT) / SCALE)[None], []
    for i, layer in enumerate(LAYERS):
        if layer[0] == "conv":
            x = F.conv2d(x, weights[f"features.{i}.weight"], weights[f"features.{i}.bias"], layer[3], layer[4])
        elif layer[0] == "pool":
            x = F.max_pool2d(x, 3, 2)
        else:
            x = x.relu()
            out.append(x / (x.pow(2).sum(1, keepdim=True).sqrt() + 1e-10))
    return out


def lpips(weights, a, b, region=None):
    """@param a, b what `taps` gave; region: the mean over its pixels, else over each tap's positions"""
    total = 0
    for k, (p, q) in enumerate(zip(a, b)):
        difference = F.conv2d((p - q) ** 2, weights[f"lin{k}.model.1.weight"])
        if region is None:
            total = total + difference.mean()
        else:
            total = total + F.interpolate(difference, size=region.shape, mode="bilinear", align_corners=False)
    return float(total) if region is None else float((total[0, 0] * region).sum() / region.sum())


def to_tensor(pixels, size=None):
    image = Image.fromarray(pixels)
    if size:
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 127.5 - 1


def crop(pixels, mask):
    rows, columns = np.nonzero(mask)
    return pixels[rows.min():rows.max() + 1, columns.min():columns.max() + 1]


def intra_cluster(weights, real, real_masks, generated, masks, size, third, published_range, singles_zero, area):
    """@returns the variant's mean and the sizes of its clusters. The caps lie above the sizes here."""
    def prepare(pixels, mask, is_0_255=False):
        image = to_tensor(crop(pixels, mask), 256) if area == "crop" else to_tensor(pixels, size)
        if is_0_255:
            image = (image + 1) * 127.5
        region = None
        if area == "spatial":
            region = torch.from_numpy((mask > 0).astype(np.float32))
            if size:  # these masks grow, by the nearest pixel
                region = F.interpolate(region[None, None], size=(size, size), mode="nearest")[0, 0]
        return taps(weights, image), region

    def distance(a, b):
        region = None if a[1] is None else torch.maximum(a[1], b[1])
        return lpips(weights, a[0], b[0], region)

    centres = list(zip(real, real_masks))[:len(real) // 3 if third else len(real)]
    centres = [prepare(*c, published_range) for c in centres]
    clusters = [[] for _ in centres]
    for picture in (prepare(*g) for g in zip(generated, masks)):
        clusters[int(np.argmin([distance(c, picture) for c in centres]))].append(picture)
    means = []
    for cluster in clusters:
        n = len(cluster)
        if n < 2:
            if singles_zero:
                means.append(0.0)
            continue
        ordered = sum(distance(a, b) for i, a in enumerate(cluster) for j, b in enumerate(cluster) if i != j)
        means.append(ordered / (n * (n - 1)))
    return sum(means) / len(means), [len(c) for c in clusters]


def pictures(rng, count, side):
    """Blurred noise in a few colours with a bright or dark patch, and the patch as mask."""
    out, masks = [], []
    for _ in range(count):
        base = F.interpolate(torch.rand(1, 3, 5, 5, generator=rng), size=(side, side), mode="bilinear")[0]
        base = base * 0.5 + torch.rand(3, 1, 1, generator=rng) * 0.5
        top, left, height, width = (int(torch.randint(low, high, (), generator=rng))
                                    for low, high in ((3, 28), (3, 28), (9, 28), (9, 28)))
        mask = np.zeros((side, side), np.uint8)
        mask[top:top + height, left:left + width] = 255
        base[:, top:top + height, left:left + width] = torch.rand(3, height, width, generator=rng)
        out.append((base.permute(1, 2, 0).numpy() * 255).astype(np.uint8))
        masks.append(mask)
    return out, masks


@torch.no_grad()
def write():
    rng = generator(4)
    weights = random_weights(rng)
    real, real_masks = pictures(rng, 9, 60)
    generated, masks = pictures(rng, 10, 60)
    arguments = (weights, real, real_masks, generated, masks)
    cases = {}
    for name, size, third, published in (("magic", 256, True, False), ("seas", 256, False, False),
                                         ("dfmgan", None, False, False), ("seas_published", 256, False, True),
                                         ("dfmgan_published", None, False, True)):
        for area in ("whole", "crop", "spatial"):
            if published and area != "whole":
                continue
            value, sizes = intra_cluster(*arguments, size, third, published, published, area)
            cases[f"{name}.{area}"] = {"value": value, "sizes": sizes}
            print(f"  {name}.{area}: {value:.5f} {sizes}")
    save("evaluation/likeness", "likeness",
         {f"weights.{k}": v for k, v in weights.items()}
         | {"real": torch.from_numpy(np.stack(real)), "real_masks": torch.from_numpy(np.stack(real_masks)),
            "generated": torch.from_numpy(np.stack(generated)), "masks": torch.from_numpy(np.stack(masks))},
         {"cases": json.dumps(cases)})
