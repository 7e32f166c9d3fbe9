"""LPIPS v0.1 by the lpips package on torchvision's backbones: distance, spatial map and gradient at odd sizes.
Fixtures: tests/models/golden/lpips_{alex,vgg16,squeezenet1_1}.safetensors. The networks have their full widths; their
weights follow a formula of key and index (see `formula`), so that the fixture need not hold them."""

import pathlib
import sys
import warnings

import torch

from cases import generator, save

NETS = {"alex": "alex", "vgg16": "vgg", "squeezenet1_1": "squeeze"}  # ours: the package's


def import_lpips():
    """torchvision has no CPU build on PyPI: its models import once two operators of its missing library are declared.
    It lies in a folder of its own, since other packages would stumble over it."""
    sys.path.append(str(pathlib.Path(sys.prefix) / "torchvision"))
    library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    warnings.simplefilter("ignore")
    import lpips
    return lpips, library  # the declarations live as long as the library


def formula(key, shape):
    """Uniform in [-1/2, 1/2) by a quadratic congruence of the index, times sqrt(24 / fan_in) for matrices (unit gain
    through ReLU); biases are scaled by 0.1. Heads are the positive part."""
    seed = sum((i + 1) * ord(c) for i, c in enumerate(key))
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.int64) + 1
    u = ((i * i * 2654435761 + i * (2 * seed + 1)) & 0xFFFFFFFF).double() / 2**32 - 0.5
    if key.startswith("lin"):
        return u.clamp(min=0).float().reshape(shape)
    scale = 0.1 if len(shape) == 1 else (24 / torch.Size(shape[1:]).numel()) ** 0.5
    return (u * scale).float().reshape(shape)


def fill(model):
    """The package cuts `features` into slices whose children keep torchvision's index."""
    with torch.no_grad():
        for name, parameter in model.net.named_parameters():
            parameter.copy_(formula("features." + name.split(".", 1)[1], parameter.shape))
        for k, lin in enumerate(model.lins):
            parameter = lin.model[1].weight
            parameter.copy_(formula(f"lin{k}.model.1.weight", parameter.shape))


def write():
    lpips, library = import_lpips()
    for ours, theirs in NETS.items():
        model = lpips.LPIPS(net=theirs, pretrained=False, pnet_rand=True, verbose=False).eval()
        fill(model)
        rng = generator(5)
        x = torch.rand(2, 3, 53, 41, generator=rng) * 2 - 1
        y = (x + 0.3 * torch.randn(x.shape, generator=rng)).clamp(-1, 1)
        x.requires_grad_(True)
        distance = model(x, y)[:, 0, 0, 0]
        weights = torch.tensor([1.0, -0.5])
        gradient = torch.autograd.grad((distance * weights).sum(), x)[0]
        assert torch.isfinite(gradient).all()
        model.spatial = True
        with torch.no_grad():
            spatial = model(x, y)
        print(f"  {ours}: {distance.tolist()}")
        save("models", f"lpips_{ours}", {"x": x, "y": y, "distance": distance, "gradient": gradient, "spatial": spatial})
    del library
