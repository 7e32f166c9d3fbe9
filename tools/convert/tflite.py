"""Reads what a converter needs of a TensorFlow Lite file: operators in order, their tensors dequantised to float32.

The file is a flatbuffer (schema.fbs of TensorFlow Lite): a table begins with the signed distance back to its vtable,
which lists the offset of every field or 0 where the field has its default."""

import dataclasses
import struct

import numpy as np

DTYPES = {0: np.float32, 1: np.float16, 2: np.int32, 3: np.uint8, 4: np.int64, 7: np.int16, 9: np.int8}
OPERATORS = {0: "ADD", 1: "AVERAGE_POOL_2D", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D", 6: "DEQUANTIZE", 9: "FULLY_CONNECTED",
             17: "MAX_POOL_2D", 22: "RESHAPE", 25: "SOFTMAX", 34: "PAD", 40: "MEAN", 114: "QUANTIZE"}
PADDINGS = {0: "SAME", 1: "VALID"}
ACTIVATIONS = {0: "", 1: "RELU", 3: "RELU6"}


class Table:
    """One flatbuffer table; fields are asked for by their number in the schema."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        self.vtable = at - struct.unpack_from("<i", data, at)[0]
        self.count = (struct.unpack_from("<H", data, self.vtable)[0] - 4) // 2

    def _place(self, field):
        if field >= self.count:
            return None
        offset = struct.unpack_from("<H", self.data, self.vtable + 4 + 2 * field)[0]
        return self.at + offset if offset else None

    def _target(self, field):
        place = self._place(field)
        return None if place is None else place + struct.unpack_from("<I", self.data, place)[0]

    def scalar(self, field, kind, default=0):
        place = self._place(field)
        return default if place is None else struct.unpack_from("<" + kind, self.data, place)[0]

    def table(self, field):
        target = self._target(field)
        return None if target is None else Table(self.data, target)

    def vector(self, field, dtype):
        target = self._target(field)
        if target is None:
            return np.zeros(0, dtype)
        count = struct.unpack_from("<I", self.data, target)[0]
        return np.frombuffer(self.data, dtype, count, target + 4)

    def text(self, field):
        return self.vector(field, np.uint8).tobytes().decode()

    def tables(self, field):
        target = self._target(field)
        if target is None:
            return []
        count = struct.unpack_from("<I", self.data, target)[0]
        places = [target + 4 + 4 * i for i in range(count)]
        return [Table(self.data, p + struct.unpack_from("<I", self.data, p)[0]) for p in places]


@dataclasses.dataclass
class Tensor:
    name: str
    shape: tuple
    values: np.ndarray | None  # float32, dequantised; None for what is computed at run time


@dataclasses.dataclass
class Operator:
    kind: str
    inputs: list
    outputs: list
    stride: tuple = (1, 1)
    padding: str = ""
    activation: str = ""


def dequantised(stored, quantization):
    """scale * (q - zero_point), one pair for the whole tensor or one for every index of one dimension."""
    scale = quantization.vector(2, np.float32) if quantization else np.zeros(0, np.float32)
    if not len(scale):
        return stored.astype(np.float32)
    zero = quantization.vector(3, np.int64)
    if len(scale) > 1:
        along = [1] * stored.ndim
        along[quantization.scalar(6, "i")] = len(scale)
        scale, zero = scale.reshape(along), zero.reshape(along) if len(zero) > 1 else zero
    return ((stored.astype(np.int64) - zero) * scale.astype(np.float64)).astype(np.float32)


def read(path):
    """The operators of the first subgraph, in order, with their tensors."""
    data = path.read_bytes()
    if data[4:8] != b"TFL3":
        raise SystemExit(f"{path}: no TensorFlow Lite file (bytes 4-7 are {data[4:8]!r}, expected b'TFL3')")
    model = Table(data, struct.unpack_from("<I", data, 0)[0])
    graph, buffers = model.tables(2)[0], model.tables(4)
    codes = [max(c.scalar(0, "b"), c.scalar(3, "i")) for c in model.tables(1)]

    tensors = []
    for stored in graph.tables(0):
        shape = tuple(int(n) for n in stored.vector(0, np.int32))
        dtype, raw = stored.scalar(1, "b"), buffers[stored.scalar(2, "I")].vector(0, np.uint8)
        values = None
        if len(raw):
            if dtype not in DTYPES:
                raise SystemExit(f"{path}: tensor '{stored.text(3)}' has type {dtype}, which this reader does not know")
            values = dequantised(np.frombuffer(raw.tobytes(), DTYPES[dtype]).reshape(shape), stored.table(4))
        tensors.append(Tensor(stored.text(3), shape, values))

    operators = []
    for stored in graph.tables(3):
        code = codes[stored.scalar(0, "I")]
        operator = Operator(OPERATORS.get(code, f"operator {code}"),
                            [tensors[i] if i >= 0 else None for i in stored.vector(1, np.int32)],
                            [tensors[i] for i in stored.vector(2, np.int32)])
        options = stored.table(4)
        if operator.kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            operator.padding = PADDINGS[options.scalar(0, "b")]
            operator.stride = (options.scalar(2, "i", 1), options.scalar(1, "i", 1))
            operator.activation = ACTIVATIONS[options.scalar(3 if operator.kind == "CONV_2D" else 4, "b")]
        elif operator.kind in ("ADD", "FULLY_CONNECTED"):
            operator.activation = ACTIVATIONS[options.scalar(0, "b")] if options else ""
        operators.append(operator)
    return operators
