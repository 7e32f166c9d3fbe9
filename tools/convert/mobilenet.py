"""MobileNetV2 from TensorFlow Lite: int8 or float, batch norms folded, to torchvision's key names."""

import torch

import tflite

# (expansion, width, blocks, stride) of width 1.0
STAGES = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


def expected_convolutions():
    """(key, operator kind, stride, activation, ends a residual sum) of every convolution, in the graph's order."""
    out = [("features.0.0", "CONV_2D", 2, "RELU6", False)]
    block, width = 1, 32
    for expansion, wide, count, first_stride in STAGES:
        for i in range(count):
            stride, at = first_stride if i == 0 else 1, f"features.{block}.conv"
            if expansion != 1:
                out.append((f"{at}.0.0", "CONV_2D", 1, "RELU6", False))
            place = 1 if expansion != 1 else 0
            out.append((f"{at}.{place}.0", "DEPTHWISE_CONV_2D", stride, "RELU6", False))
            out.append((f"{at}.{place + 1}", "CONV_2D", 1, "", stride == 1 and width == wide))
            block, width = block + 1, wide
    out.append((f"features.{block}.0", "CONV_2D", 1, "RELU6", False))
    out.append(("classifier.1", "CONV_2D", 1, "", False))
    return out


def convert(path):
    """Tensors by torchvision's names. Stops when the graph is anything but MobileNetV2 1.0."""
    operators = [o for o in tflite.read(path) if o.kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "ADD")]
    tensors, at = {}, 0
    for key, kind, stride, activation, has_sum in expected_convolutions():
        operator = operators[at] if at < len(operators) else None
        found = operator and (operator.kind, operator.stride, operator.padding, operator.activation)
        kinds = ("CONV_2D", "FULLY_CONNECTED") if key == "classifier.1" else (kind,)
        if not operator or operator.kind not in kinds or (
                operator.kind != "FULLY_CONNECTED" and found[1:] != ((stride, stride), "SAME", activation)):
            raise SystemExit(f"{path}: operator {at} is {found}, expected {(kind, stride, 'SAME', activation)} "
                             f"for {key}; this is no MobileNetV2 1.0")
        weight = torch.from_numpy(operator.inputs[1].values)
        if operator.kind == "FULLY_CONNECTED":
            tensors[f"{key}.weight"] = weight
        elif key == "classifier.1":
            tensors[f"{key}.weight"] = weight[:, 0, 0, :]
        else:  # depthwise [1, kh, kw, ch] -> [ch, 1, kh, kw]; others [out, kh, kw, in] -> [out, in, kh, kw]
            tensors[f"{key}.weight"] = weight.permute(*((3, 0, 1, 2) if kind != "CONV_2D" else (0, 3, 1, 2)))
        tensors[f"{key}.bias"] = torch.from_numpy(operator.inputs[2].values)
        at += 1
        if has_sum:
            if at >= len(operators) or operators[at].kind != "ADD":
                raise SystemExit(f"{path}: operator {at} should add the input of {key}'s block; this is no MobileNetV2")
            at += 1
    if at != len(operators):
        raise SystemExit(f"{path}: {len(operators) - at} convolutions and sums more than a MobileNetV2 1.0 has")
    return {k: v.float().contiguous() for k, v in tensors.items()}
