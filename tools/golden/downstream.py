"""The networks of the downstream trainings: DRAEM's discriminative U-Net and a ResNet of basic blocks, both written here
from their descriptions with the keys of the published weights, and the focal loss. Fixtures: tests/models/golden/{unet,
resnet}.safetensors: weights.* (before), in.x, out.eval, then one pass in training mode: out.train, loss.train (the r of
loss = sum(out * r)), grad.* and after.* (BatchNorm's buffers behind it); and
tests/evaluation/downstream/golden/focal.safetensors."""

import json

import torch
from torch import nn
from torch.nn import functional as F

from cases import generator, save, seed_weights


def conv_bn_relu(i, o):
    return [nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU()]


class Unet(nn.Module):
    def __init__(self, width, outputs):
        super().__init__()
        deep = [width, 2 * width, 4 * width, 8 * width, 8 * width, 8 * width]
        self.encoder_segment, self.decoder_segment = nn.Module(), nn.Module()
        for i, o in enumerate(deep):
            stage = nn.Sequential(*conv_bn_relu(3 if i == 0 else deep[i - 1], o), *conv_bn_relu(o, o))
            setattr(self.encoder_segment, f"block{i + 1}", stage)
        i = deep[-1]
        self.steps = []
        for suffix, o, skipped in zip(("_b", "1", "2", "3", "4"), (8 * width, 4 * width, 2 * width, width, width),
                                      deep[-2::-1]):
            enlarge = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            setattr(self.decoder_segment, "up" + suffix, nn.Sequential(enlarge, *conv_bn_relu(i, o)))
            joined = nn.Sequential(*conv_bn_relu(o + skipped, o), *conv_bn_relu(o, o))
            setattr(self.decoder_segment, "db" + suffix, joined)
            self.steps.append(suffix)
            i = o
        self.decoder_segment.fin_out = nn.Sequential(nn.Conv2d(width, outputs, 3, padding=1))

    def forward(self, x):
        levels = []
        for i in range(6):
            x = getattr(self.encoder_segment, f"block{i + 1}")(F.max_pool2d(x, 2) if i else x)
            levels.append(x)
        levels.pop()
        for suffix in self.steps:
            up, join = (getattr(self.decoder_segment, kind + suffix) for kind in ("up", "db"))
            x = join(torch.cat((up(x), levels.pop()), 1))
        return self.decoder_segment.fin_out(x)


class Block(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        if stride != 1 or i != o:
            self.downsample = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


class Resnet(nn.Module):
    def __init__(self, blocks, width, outputs):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width)
        i = width
        for layer, count in enumerate(blocks):
            o = width << layer
            built = [Block(i if k == 0 else o, o, 2 if layer and k == 0 else 1) for k in range(count)]
            setattr(self, f"layer{layer + 1}", nn.Sequential(*built))
            i = o
        self.fc = nn.Linear(i, outputs)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for layer in range(4):
            x = getattr(self, f"layer{layer + 1}")(x)
        return self.fc(x.mean((2, 3)))


def randomise_statistics(model, seed):
    """Running statistics as a trained network has them, so that eval mode depends on them."""
    rng = generator(seed)
    for name, buffer in sorted(model.named_buffers()):
        if name.endswith("running_mean"):
            buffer.copy_(0.2 * torch.randn(buffer.shape, generator=rng))
        elif name.endswith("running_var"):
            buffer.copy_(0.5 + torch.rand(buffer.shape, generator=rng))
        else:
            buffer.fill_(7)


def write_network(name, model, seed, x, watched, config):
    seed_weights(model, seed, gain=1.4)
    randomise_statistics(model, seed + 1)
    tensors = {f"weights.{k}": v.clone() for k, v in model.state_dict().items()}
    tensors |= {"in.x": x.clone(), "out.eval": model(x).detach()}
    model.train()
    x.requires_grad_(True)
    out = model(x)
    factors = torch.randn(out.shape, generator=generator(seed + 2))
    (out * factors).sum().backward()
    named = dict(model.named_parameters())
    tensors |= {"out.train": out, "loss.train": factors, "grad.in.x": x.grad}
    tensors |= {f"grad.weights.{k}": named[k].grad for k in watched}
    tensors |= {f"after.{k}": v for k, v in model.named_buffers()}
    save("models", name, tensors, {"config": json.dumps(config)})


def write_unet():
    config = dict(base_width=2, outputs=3)
    write_network("unet", Unet(2, 3), 71, torch.rand(2, 3, 32, 64, generator=generator(70)), [
        "encoder_segment.block1.0.weight", "encoder_segment.block6.3.bias", "encoder_segment.block3.4.weight",
        "decoder_segment.up_b.1.weight", "decoder_segment.db_b.0.weight", "decoder_segment.up3.2.bias",
        "decoder_segment.db4.1.weight", "decoder_segment.fin_out.0.weight", "decoder_segment.fin_out.0.bias"
    ], config)


def write_resnet():
    config = dict(blocks=[1, 2, 1, 1], width=4, outputs=5)
    write_network("resnet", Resnet((1, 2, 1, 1), 4, 5), 81, torch.rand(3, 3, 48, 40, generator=generator(80)), [
        "conv1.weight", "bn1.weight", "layer1.0.conv2.weight", "layer2.0.downsample.0.weight",
        "layer2.0.downsample.1.bias", "layer2.1.bn2.weight", "layer4.0.conv1.weight", "fc.weight", "fc.bias"
    ], config)


def write_focal():
    """-(1 - p)^2 log p with p = sum(onehot clamped to [1e-5 / (C - 1), 1 - 1e-5] * softmax) + 1e-5, mean over pixels."""
    tensors = {}
    for classes in (2, 5):
        rng = generator(90 + classes)
        logits = (3 * torch.randn(2, classes, 6, 7, generator=rng)).requires_grad_(True)
        target = torch.randint(0, classes, (2, 6, 7), generator=rng)
        one_hot = F.one_hot(target, classes).permute(0, 3, 1, 2).float().clamp(1e-5 / (classes - 1), 1 - 1e-5)
        p = (one_hot * logits.softmax(1)).sum(1) + 1e-5
        loss = (-(1 - p) ** 2 * p.log()).mean()
        loss.backward()
        tensors |= {f"{classes}.logits": logits, f"{classes}.target": target, f"{classes}.loss": loss,
                    f"{classes}.grad": logits.grad}
    save("evaluation/downstream", "focal", tensors)


def write():
    write_unet()
    write_resnet()
    write_focal()
