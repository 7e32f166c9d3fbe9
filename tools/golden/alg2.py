"""Alg. 2 of the paper, transcribed line by line, over a few small pictures: the score of every candidate for every
target and the three best ones, ties in the candidates' order.

Owns tests/sft/pairs/golden/alg2: images u8 [N, H, W, 3], masks u8 [N, H, W], and per connectivity (8, 4) quality.*
[target, candidate] f64 and top3.* [target, 3] i64 (the target itself is no candidate)."""

import json
import pathlib

import numpy as np
import torch
from skimage.measure import label

from cases import save

H, W = 50, 60  # 3000 pixels: 0.1 % is 3, 0.5 % is 15, 1 % is 30, 5 % is 150


def connected_components_with_background(mask, neighbours):
    """cv2.connectedComponents counts the background too."""
    return label(mask, connectivity=2 if neighbours == 8 else 1).max() + 1


def candidate_samples_quality(i_ref, m_ref, i_tar, m_tar, neighbours):
    # 1: area ratio
    r_area = (m_ref > 0).sum() / (H * W)
    # 4: connectivity
    n_cc = connected_components_with_background(m_ref > 0, neighbours) - 1
    if n_cc == 1:
        s_conn = 1.0
    elif n_cc in (2, 3):
        s_conn = 0.5
    else:
        s_conn = 0.0
    # 7-11: colour, in [0, 1]
    mu_ref = (i_ref[m_ref > 0] / 255.0).mean(0)
    mu_tar = (i_tar[m_tar > 0] / 255.0).mean(0)
    d_color = np.linalg.norm(mu_ref - mu_tar)
    s_color = np.exp(-d_color**2 / (2 * 0.1**2))
    # 13: area; rounded, for 15 / 3000 is not 0.005 in binary
    percent = round(100 * r_area, 9)
    if 0.5 <= percent <= 1:
        s_area = 1.0
    elif 1 < percent <= 5:
        s_area = 0.7
    elif 0.1 <= percent < 0.5:
        s_area = 0.5
    else:
        s_area = 0.1
    return 0.3 * s_area + 0.4 * s_conn + 0.3 * s_color


def pictures():
    rng = np.random.default_rng(44)
    areas = [2, 3, 14, 15, 30, 31, 150, 151, 400, 20, 20, 24, 24, 90, 90, 45]
    images = np.zeros((len(areas), H, W, 3), np.uint8)
    masks = np.zeros((len(areas), H, W), np.uint8)
    for n, area in enumerate(areas):
        base = rng.integers(60, 110, 3)
        images[n] = np.clip(base + rng.integers(-12, 13, (H, W, 3)), 0, 255)
        pieces = [1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 4, 2, 3, 1, 5][n]
        each, left = area // pieces, area
        for piece in range(pieces):
            count = each if piece + 1 < pieces else left
            left -= count
            columns = max(1, int(count**0.5))
            for k in range(count):
                y, x = k // columns, k % columns
                # Blocks 12 apart; those of n == 12 touch at a corner: one component of 8, two of 4.
                top, side = (6, 6 + 12 * piece) if n != 12 else (6 + piece * (each // columns), 6 + piece * columns)
                masks[n, top + y, side + x] = 255
    return images, masks


def write():
    images, masks = pictures()
    out = {"images": torch.from_numpy(images), "masks": torch.from_numpy(masks)}
    count = len(images)
    for neighbours in (8, 4):
        q = np.array([[candidate_samples_quality(images[r], masks[r], images[t], masks[t], neighbours)
                       for r in range(count)] for t in range(count)])
        top = [sorted((r for r in range(count) if r != t), key=lambda r: (-round(q[t, r], 12), r))[:3]
               for t in range(count)]
        out[f"quality.{neighbours}"] = torch.from_numpy(q)
        out[f"top3.{neighbours}"] = torch.tensor(top)
    save("sft/pairs", "alg2", out)
