"""Masks of pycocotools: polygons filled, run lengths compressed. Writes tests/dataset/sets/golden/coco_masks.json."""

import json
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/dataset/sets/golden/coco_masks.json"


def polygons(rng):
    """Rings of every kind: on pixel borders, between them, outside the picture, crossing themselves, thin."""
    yield [2, 1, 7, 1, 7, 4, 2, 4]
    yield [2.5, 1.5, 7.25, 1.125, 9.75, 14.6, 1.2, 9.3]
    yield [-4, -3, 12, 5, 40, 30, 3, 22]
    yield [1, 1, 20, 18, 20, 1, 1, 18]
    yield [5, 5, 25, 5.4, 25, 5.6, 5, 5.8]
    for _ in range(30):
        yield np.round(rng.uniform(-4, 36, 2 * int(rng.integers(3, 9))), 2).tolist()


def write():
    from pycocotools import mask as coco

    rng = np.random.default_rng(1)
    height, width = 24, 32
    cases = []
    for ring in polygons(rng):
        runs = coco.frPyObjects([ring], height, width)[0]
        cases.append({"polygon": ring, "counts": runs["counts"].decode(), "area": int(coco.area(runs))})
    for density in (0.02, 0.3, 0.7):
        mask = np.asfortranarray((rng.random((height, width)) < density).astype(np.uint8))
        runs = coco.encode(mask)
        cases.append({"rows": ["".join(map(str, row)) for row in mask], "counts": runs["counts"].decode(), "area": int(mask.sum())})
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"height": height, "width": width, "cases": cases}, indent=0) + "\n")
    print(f"  {OUT.name}: {len(cases)} cases")
