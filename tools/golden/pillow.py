"""Pillow's resampling: tests/image/golden/pillow_*.png (pillow_source.png and one result per filter and size)."""

import numpy as np
from PIL import Image

from cases import TESTS

SIZES = [(16, 16), (48, 48), (61, 23), (37, 40), (20, 70)]  # (width, height); the source is 37 x 23
FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC,
           "lanczos": Image.Resampling.LANCZOS}


def write():
    folder = TESTS / "image" / "golden"
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    pixels = rng.integers(0, 256, (23, 37, 3), dtype=np.uint8)  # noise: every weight and every clamp matters
    pixels[4:12, 5:20] = (255, 0, 128)
    pixels[12:20, 18:30] = (0, 255, 10)
    source = Image.fromarray(pixels)
    source.save(folder / "pillow_source.png")
    for name, resampling in FILTERS.items():
        for width, height in SIZES:
            path = folder / f"pillow_{name}_{width}x{height}.png"
            source.resize((width, height), resampling).save(path)
            print(f"  {path.relative_to(TESTS)}  {path.stat().st_size / 1024:.0f} KiB")
