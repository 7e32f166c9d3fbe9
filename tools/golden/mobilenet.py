"""MobileNetV2 with TensorFlow's SAME padding and folded batch norms, written down from the paper's table and the
padding rule. Fixture: tests/models/golden/mobilenet_v2.safetensors."""

import math

import torch
import torch.nn.functional as F

from cases import generator, save

STEM, LAST, CLASSES = 5, 12, 9
STAGES = [(1, 4, 1, 1), (2, 6, 2, 2), (3, 7, 1, 1), (2, 8, 2, 2)]  # expansion, width, blocks, stride


def same_convolution(x, weight, bias, stride, groups=1):
    """Zeros are laid around x one edge at a time until ceil(size / stride) windows fit; the odd one goes behind."""
    for axis in (2, 3):
        size, kernel = x.shape[axis], weight.shape[axis]
        missing = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
        for i in range(missing):
            edge = list(x.shape)
            edge[axis] = 1
            zeros = torch.zeros(edge)
            x = torch.cat((x, zeros) if i % 2 == 0 else (zeros, x), axis)
    return F.conv2d(x, weight, bias, stride, groups=groups)


def run(weights, x):
    def folded(name, x, stride=1, groups=1):
        return same_convolution(x, weights[f"{name}.weight"], weights[f"{name}.bias"], stride, groups)

    maps, block = [], 1
    x = folded("features.0.0", x, 2).clamp(0, 6)
    for expansion, width, count, first_stride in STAGES:
        for i in range(count):
            stride, at, y = first_stride if i == 0 else 1, f"features.{block}.conv", x
            if stride == 2:
                maps.append(x)
            if expansion != 1:
                y = folded(f"{at}.0.0", y).clamp(0, 6)
            place = int(expansion != 1)
            y = folded(f"{at}.{place}.0", y, stride, groups=y.shape[1]).clamp(0, 6)
            y = folded(f"{at}.{place + 1}", y)
            x, block = (x + y if stride == 1 and x.shape[1] == width else y), block + 1
    maps.append(x)
    pooled = folded(f"features.{block}.0", x).clamp(0, 6).mean((2, 3))
    return maps, pooled, F.linear(pooled, weights["classifier.1.weight"], weights["classifier.1.bias"])


def random_weights(rng):
    shapes, block, before = {"features.0.0": (STEM, 3, 3, 3)}, 1, STEM
    for expansion, width, count, _ in STAGES:
        for _ in range(count):
            at, wide, place = f"features.{block}.conv", before * expansion, int(expansion != 1)
            if expansion != 1:
                shapes[f"{at}.0.0"] = (wide, before, 1, 1)
            shapes[f"{at}.{place}.0"] = (wide, 1, 3, 3)
            shapes[f"{at}.{place + 1}"] = (width, wide, 1, 1)
            block, before = block + 1, width
    shapes |= {f"features.{block}.0": (LAST, before, 1, 1), "classifier.1": (CLASSES, LAST)}
    out = {}
    for name, shape in shapes.items():
        fan_in = math.prod(shape[1:])
        out[f"{name}.weight"] = torch.randn(shape, generator=rng) * 1.6 / fan_in ** 0.5
        out[f"{name}.bias"] = torch.randn(shape[0], generator=rng) * 0.3
    return out


@torch.no_grad()
def write():
    rng = generator(1)
    weights = random_weights(rng)
    x = torch.rand(2, 3, 37, 22, generator=rng) * 2 - 1  # odd and even sides: both paddings
    maps, features, logits = run(weights, x)
    save("models", "mobilenet_v2", {f"weights.{k}": v for k, v in weights.items()}
         | {f"map.{i}": m for i, m in enumerate(maps)} | {"x": x, "features": features, "logits": logits})
