"""Times scikit-learn and scikit-image on 83 maps of 900 x 900, and then ours on the same maps.

    .golden-venv/bin/python bench/metrics_reference.py FOLDER [build/unidg_bench]

FOLDER receives the maps (270 MB); an existing one is used as it is. AUROC and AP are roc_auc_score and
average_precision_score; PRO follows MVTec 3D-AD's evaluation: `label`, 100 thresholds out of the sorted normal scores
(ours takes every threshold). Loading is not timed on either side."""

import os
import pathlib
import resource
import subprocess
import sys
import time

import numpy as np
from PIL import Image
from skimage.measure import label
from sklearn.metrics import average_precision_score, roc_auc_score

COUNT, SIDE, LIMIT = 83, 900, 0.3


def draw(folder):
    """63 defective images with 1 to 3 defects; scores overlap, hardly any two are equal."""
    (folder / "maps").mkdir(parents=True)
    (folder / "truth").mkdir()
    for i in range(COUNT):
        rng = np.random.default_rng(i)
        truth = np.zeros((SIDE, SIDE), np.uint8)
        for _ in range(0 if i < 20 else 1 + i % 3):
            y, x = rng.integers(0, SIDE - 120, 2)
            truth[y:y + rng.integers(20, 120), x:x + rng.integers(20, 120)] = 255
        logit = 1.5 * rng.standard_normal((SIDE, SIDE), np.float32) - 5 + 3 * (truth > 0)
        np.save(folder / "maps" / f"{i:03}.npy", (1 / (1 + np.exp(-logit))).astype(np.float32))
        if truth.any():
            Image.fromarray(truth).save(folder / "truth" / f"{i:03}.png")


def load(folder):
    scores, truths = [], []
    for path in sorted((folder / "maps").glob("*.npy")):
        scores.append(np.load(path))
        truth = folder / "truth" / (path.stem + ".png")
        truths.append(np.asarray(Image.open(truth)) > 127 if truth.exists() else np.zeros(scores[-1].shape, bool))
    return scores, truths


def pro(scores, truths):
    parts, normal = [], []
    for score, truth in zip(scores, truths):
        labels = label(truth, connectivity=2)
        parts += [np.sort(score[labels == k]) for k in range(1, labels.max() + 1)]
        normal.append(score[~truth])
    normal = np.sort(np.concatenate(normal))
    points = [(1.0, 1.0)]
    for at in np.linspace(0, len(normal) - 1, num=100, dtype=int):
        overlap = np.mean([1 - np.searchsorted(p, normal[at], side="right") / len(p) for p in parts])
        points.append((1 - (at + 1) / len(normal), overlap))
    x, y = np.array(points[::-1]).T
    to_limit = np.append(y[x < LIMIT], np.interp(LIMIT, x, y)), np.append(x[x < LIMIT], LIMIT)
    return np.trapezoid(*to_limit) / LIMIT


def main():
    folder = pathlib.Path(sys.argv[1])
    if not folder.exists():
        draw(folder)
    if len(sys.argv) > 2:  # first, while this process is still small
        subprocess.run([sys.argv[2], "--benchmark_filter=score_maps|bootstrap_maps"],
                       env={**os.environ, "UNIDG_BENCH_MAPS": str(folder)}, check=True)
    scores, truths = load(folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    total = total_cpu = 0
    for name, compute in (
            ("AUROC", lambda: roc_auc_score(flat(truths), flat(scores))),
            ("AP", lambda: average_precision_score(flat(truths), flat(scores))),
            ("PRO", lambda: pro(scores, truths))):
        start, start_cpu = time.perf_counter(), time.process_time()
        value = compute()
        seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
        total, total_cpu = total + seconds, total_cpu + cpu
        print(f"{name:6} {value:.6f}  {seconds:.2f} s ({cpu:.2f} s of CPU)")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"all    {total:.2f} s ({total_cpu:.2f} s of CPU), peak memory grown by {grown:.0f} MiB")


def flat(maps):
    return np.concatenate([m.ravel() for m in maps])


if __name__ == "__main__":
    main()
