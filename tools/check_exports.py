"""Opens exports of `unidg dataset export` with the packages they are made for, and compares the masks.

    python tools/check_exports.py SET --coco DIR --yolo DIR --anomalib DIR --mvtec DIR --imagefolder DIR --webdataset DIR

Packages that are not installed are named and left out. Needs numpy and pillow; pycocotools, ultralytics, anomalib,
datasets, webdataset where their export is checked.
"""

import argparse
import importlib.util
import json
import pathlib
import sys

import numpy as np
from PIL import Image


def entries(folder):
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines() if line]


def mask_of(folder, entry):
    return np.asarray(Image.open(folder / entry["mask"])) > 127 if entry["mask"] else None


def check_coco(folder, known, out):
    from pycocotools.coco import COCO

    seen = 0
    for file in sorted((out / "annotations").glob("*.json")):
        coco = COCO(str(file))
        for image in coco.loadImgs(coco.getImgIds()):
            entry = known[image["file_name"].rsplit(".", 1)[0]]
            masks = [coco.annToMask(a) for a in coco.loadAnns(coco.getAnnIds(image["id"]))]
            wanted = mask_of(folder, entry)
            assert (wanted is None) == (not masks), entry["id"]
            assert wanted is None or (np.any(masks, axis=0) == wanted).all(), entry["id"]
            seen += 1
    assert seen == len(known), f"{seen} of {len(known)}"
    return f"{seen} pictures, masks equal bit for bit"


def check_yolo(folder, known, out):
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    data = check_det_dataset(str(out / "data.yaml"), autodownload=False)
    worst, seen = 1.0, 0
    for split in ("train", "val", "test"):
        if not (out / "images" / split).is_dir():
            continue
        dataset = YOLODataset(img_path=str(out / "images" / split), data=data, task="segment", augment=False)
        for label in dataset.labels:
            entry = known[pathlib.Path(label["im_file"]).stem]
            wanted = mask_of(folder, entry)
            assert (wanted is None) == (len(label["segments"]) == 0), entry["id"]
            seen += 1
            if wanted is None:
                continue
            from ultralytics.data.utils import polygon2mask

            size = wanted.shape
            drawn = np.zeros(size, bool)
            for segment in label["segments"]:
                drawn |= polygon2mask(size, [(segment * size[::-1]).reshape(-1)], downsample_ratio=1) > 0
            worst = min(worst, (drawn & wanted).sum() / (drawn | wanted).sum())
    assert seen == len(known), f"{seen} of {len(known)}"
    return f"{seen} pictures, worst overlap with its own rasteriser (which draws outlines too) {worst:.3f}"


def check_anomalib(folder, known, out):
    from anomalib.data.datasets.image.folder import make_folder_dataset

    samples = make_folder_dataset(
        normal_dir=out / "normal", abnormal_dir=out / "abnormal", mask_dir=out / "mask", extensions=(".png", ".jpg", ".jpeg", ".webp")
    )
    abnormal = samples[samples.label_index == 1]
    for image, mask in zip(abnormal.image_path, abnormal.mask_path):
        assert pathlib.Path(image).stem == pathlib.Path(mask).stem, image
    assert len(samples) == len(known)
    return f"{len(samples)} pictures, {len(abnormal)} pairs"


def check_mvtec(folder, known, out):
    from anomalib.data.datasets.image.mvtecad import make_mvtec_ad_dataset

    seen = sum(len(make_mvtec_ad_dataset(product)) for product in sorted(out.iterdir()) if product.is_dir())
    assert seen == len(known)
    return f"{seen} pictures"


def check_imagefolder(folder, known, out):
    import datasets

    loaded = datasets.load_dataset("imagefolder", data_dir=str(out))
    seen = 0
    for split in loaded.values():
        for row in split:
            wanted = [e for e in (known[pathlib.Path(row["image"].filename).stem],) if e][0] if getattr(row["image"], "filename", "") else None
            assert wanted is None or mask_of(folder, wanted) is None or (np.asarray(row["mask"]) > 127).sum() == mask_of(folder, wanted).sum()
            seen += 1
    assert seen == len(known)
    return f"{seen} rows, columns {sorted(split.column_names)}"


def check_webdataset(folder, known, out):
    import webdataset

    seen = 0
    for sample in webdataset.WebDataset(sorted(str(p) for p in out.glob("*.tar")), shardshuffle=False):
        about = json.loads(sample["json"])
        assert about["type"] == "good" or "mask.png" in sample, sample["__key__"]
        seen += 1
    assert seen == len(known)
    return f"{seen} samples"


CHECKS = {
    "coco": ("pycocotools", check_coco),
    "yolo": ("ultralytics", check_yolo),
    "anomalib": ("anomalib", check_anomalib),
    "mvtec": ("anomalib", check_mvtec),
    "imagefolder": ("datasets", check_imagefolder),
    "webdataset": ("webdataset", check_webdataset),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=pathlib.Path)
    for name in CHECKS:
        parser.add_argument(f"--{name}", type=pathlib.Path)
    args = parser.parse_args()
    known = {entry["id"]: entry for entry in entries(args.set)}
    failed = False
    for name, (package, check) in CHECKS.items():
        out = getattr(args, name)
        if out is None:
            continue
        if importlib.util.find_spec(package) is None:
            print(f"{name}: {package} is not installed")
            continue
        try:
            print(f"{name}: {check(args.set, known, out)}")
        except Exception as error:  # one broken package must not hide the others
            print(f"{name}: FAILED: {type(error).__name__}: {error}")
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
