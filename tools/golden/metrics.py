"""Scores of maps: tests/evaluation/metrics/golden/{maps,ranking,classes}.safetensors.

The expected values come from scikit-learn, from scikit-image's `label` and from `pro_exact` and `pro_100` below,
written after the definition of the per-region overlap and of its 100 thresholds in MVTec 3D-AD's evaluation."""

import json

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file
from skimage.measure import label
from sklearn import metrics

from cases import TESTS

LIMIT = 0.3


def components(truth):
    """Boolean masks of the 8-connected components."""
    labels = label(truth, connectivity=2)
    return [labels == k for k in range(1, labels.max() + 1)]


def area_to(limit, x, y):
    """Trapezoids of y over the ascending x up to `limit`, linear there, relative to `limit`."""
    inside = x <= limit
    area = np.trapezoid(y[inside], x[inside])
    k = inside.sum()
    if k < len(x) and x[k - 1] < limit:
        at = y[k - 1] + (y[k] - y[k - 1]) * (limit - x[k - 1]) / (x[k] - x[k - 1])
        area += (limit - x[k - 1]) * (at + y[k - 1]) / 2
    return area / limit


def pro_exact(scores, truths):
    parts = [s[c] for s, t in zip(scores, truths) for c in components(t)]
    normal = np.concatenate([s[~t] for s, t in zip(scores, truths)])
    if not parts or not normal.size:
        return None
    thresholds = np.unique(np.concatenate(parts + [normal]))[::-1]
    x = np.array([0.0] + [(normal >= t).mean() for t in thresholds])
    y = np.array([0.0] + [np.mean([(p >= t).mean() for p in parts]) for t in thresholds])
    return area_to(LIMIT, x, y)


def pro_100(scores, truths):
    parts = [s[c] for s, t in zip(scores, truths) for c in components(t)]
    normal = np.sort(np.concatenate([s[~t] for s, t in zip(scores, truths)]))
    if not parts or not normal.size:
        return None
    points = [(1.0, 1.0)]
    for at in np.linspace(0, len(normal) - 1, num=100, dtype=int):
        overlap = np.mean([(p > normal[at]).mean() for p in parts])
        points.append((1 - (at + 1) / len(normal), overlap))
    x, y = np.array(points[::-1]).T
    return area_to(LIMIT, x, y)


def ranking(labels, scores):
    labels = np.asarray(labels)
    if not labels.any():
        return None, None, None
    precision, recall, _ = metrics.precision_recall_curve(labels, scores)
    total = precision + recall
    f1 = (2 * precision * recall / np.where(total > 0, total, 1)).max()
    auroc = None if labels.all() else metrics.roc_auc_score(labels, scores)
    return auroc, metrics.average_precision_score(labels, scores), f1


def image_score(score, kind):
    if kind == "max":
        return float(score.max())
    map64 = torch.from_numpy(score.astype(np.float64))[None, None]
    return F.avg_pool2d(map64, 21, stride=1, padding=10, count_include_pad=True).max().item()


def expected(scores, truths, gt="half"):
    wide = [t > (0 if gt == "published" else 127) for t in truths]     # of PRO and of the image's label
    narrow = [t == 255 for t in truths] if gt == "published" else wide  # of AUROC, AP, F1
    out = {}
    abnormal = [bool(t.any()) for t in wide]
    for kind, end in (("pool21", ""), ("max", "_of_max")):
        values = ranking(abnormal, [image_score(s, kind) for s in scores])
        out.update({f"{name}_image{end}": v for name, v in zip(("auroc", "ap", "f1"), values)})
    flat = np.concatenate([s.ravel() for s in scores])
    values = ranking(np.concatenate([t.ravel() for t in narrow]), flat)
    out.update({f"{name}_pixel": v for name, v in zip(("auroc", "ap", "f1"), values)})
    out["pro"] = pro_exact(scores, wide)
    out["pro_100"] = pro_100(scores, wide)
    return out


def blob(rng, truth, value=255):
    h, w = truth.shape
    y, x = rng.integers(0, max(h - 3, 1)), rng.integers(0, max(w - 3, 1))
    truth[y:y + rng.integers(2, 10), x:x + rng.integers(2, 12)] = value


def drawn(rng, sizes, normals=2):
    """Maps in which defects score higher on average; the first `normals` images show none."""
    scores, truths = [], []
    for i, (h, w) in enumerate(sizes):
        truth = np.zeros((h, w), np.uint8)
        for _ in range(0 if i < normals else 1 + i % 3):
            blob(rng, truth)
        scores.append((rng.normal(size=(h, w)) + 1.5 * (truth > 0)).astype(np.float32))
        truths.append(truth)
    return scores, truths


def map_cases():
    rng = np.random.default_rng(4)
    same = [(26, 31)] * 6
    yield "plain", *drawn(rng, same), "half"
    yield "sizes", *drawn(rng, [(21, 64), (50, 7), (9, 9), (48, 30), (1, 40), (64, 21)]), "half"
    scores, truths = drawn(rng, same)
    yield "ties", [np.round(2 * s) / 2 for s in scores], truths, "half"
    yield "two_values", [(s > 1).astype(np.float32) for s in scores], truths, "half"
    yield "constant", [np.full_like(s, 0.25) for s in scores], truths, "half"
    wide = [np.sign(s) * np.float32(10) ** np.clip(12 * s, -38, 38) for s in scores]  # both signs, denormals too
    wide[3][:8] = 0.0
    wide[4][:8] = -0.0
    yield "range", wide, truths, "half"
    yield "perfect", [t.astype(np.float32) / 255 for t in truths], truths, "half"
    yield "reversed", [1 - t.astype(np.float32) / 255 for t in truths], truths, "half"
    scores, truths = drawn(rng, same, normals=0)
    yield "no_normal_image", scores, truths, "half"
    truths[2][:] = 255
    yield "one_image_all_defect", scores, truths, "half"
    yield "no_normal_pixel", scores, [np.full_like(t, 255) for t in truths], "half"
    yield "no_defect", scores, [np.zeros_like(t) for t in truths], "half"
    scores, truths = drawn(rng, same)
    for t in truths[2:]:
        t[:] = 0
        t[np.arange(5, 20), np.arange(8, 23)] = 255  # one component by its corners
        t[3, 30] = t[23, 2:5] = 255                  # single pixels and a line
    yield "diagonal", scores, truths, "half"
    scores, truths = drawn(rng, same)
    for k, t in enumerate(truths[2:]):
        blob(rng, t, 127)
        blob(rng, t, 128)
        blob(rng, t, 20 + k)
    yield "grey", scores, truths, "half"
    yield "grey_published", scores, truths, "published"


def write_maps(path):
    tensors, metadata = {}, {}
    for name, scores, truths, gt in map_cases():
        for i, (score, truth) in enumerate(zip(scores, truths)):
            tensors[f"{name}.{i}.score"] = score.copy()
            tensors[f"{name}.{i}.truth"] = truth.copy()
        metadata[name] = json.dumps({"gt": gt, "images": len(scores), "expected": expected(scores, truths, gt)})
    save_file(tensors, path, metadata)


def write_ranking(path):
    rng = np.random.default_rng(5)
    tensors, metadata = {}, {}
    for name, scores, labels in (
            ("plain", rng.normal(size=200), rng.random(200) < 0.3),
            ("ties", rng.integers(0, 6, 150).astype(float), rng.random(150) < 0.5),
            ("one_positive", rng.normal(size=50), np.arange(50) == 7),
            ("all_positive", rng.normal(size=20), np.ones(20, bool)),
            ("constant", np.ones(30), np.arange(30) < 10),
            ("close", 1 + 1e-12 * rng.integers(0, 50, 60), rng.random(60) < 0.5)):
        tensors[f"{name}.scores"], tensors[f"{name}.labels"] = scores, labels.astype(np.uint8)
        metadata[name] = json.dumps(dict(zip(("auroc", "ap", "f1"), ranking(labels, scores))))
    save_file(tensors, path, metadata)


def write_classes(path):
    rng = np.random.default_rng(6)
    classes = 74
    truth = np.where(rng.random((90, 110)) < 0.7, 0, rng.integers(0, 70, (90, 110)))  # 70 to 72 only predicted, 73 never
    found = np.where(rng.random((90, 110)) < 0.6, truth, rng.integers(0, 73, (90, 110)))
    flat = truth.ravel(), found.ravel()
    seen = np.union1d(*flat)
    iou = metrics.jaccard_score(*flat, labels=seen, average=None)
    values = {"accuracy": metrics.accuracy_score(*flat), "miou": iou.mean(), "bg_iou": iou[0], "fg_iou": iou[1:].mean(),
              "balanced_accuracy": metrics.recall_score(*flat, labels=np.unique(truth), average="macro")}
    save_file({"truth": truth.astype(np.uint8), "predicted": found.astype(np.uint8),
               "counts": metrics.confusion_matrix(*flat, labels=np.arange(classes)).astype(np.int64)},
              path, {"expected": json.dumps(values)})


def write():
    folder = TESTS / "evaluation" / "metrics" / "golden"
    folder.mkdir(parents=True, exist_ok=True)
    for name, writer in (("maps", write_maps), ("ranking", write_ranking), ("classes", write_classes)):
        path = folder / f"{name}.safetensors"
        writer(path)
        print(f"  {path.relative_to(TESTS)}  {path.stat().st_size / 1024:.0f} KiB")
