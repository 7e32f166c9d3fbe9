"""Published weights to safetensors, the only format unidg reads.

    convert.py backbone vgg16-397923af.pth vgg16.safetensors --net vgg16
    convert.py heads vgg.pth lpips_vgg.safetensors --net vgg16
    convert.py mobilenet tf2_mobilenet_v2_1.0_224_ptq.tflite mobilenet_v2.safetensors
"""

import argparse
import hashlib
import pathlib

from safetensors.torch import save_file

import backbones
import heads
import mobilenet


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("backbone", "heads", "mobilenet"))
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--net", choices=sorted(backbones.NETS), help="of a backbone or of heads")
    parser.add_argument("--any-digest", action="store_true", help="accept a file that is not the published one")
    args = parser.parse_args()
    if not args.source.is_file():
        parser.error(f"{args.source}: no such file")
    nets = {"backbone": backbones.NETS, "heads": heads.CHANNELS, "mobilenet": {None}}[args.kind]
    if args.net not in nets:
        parser.error(f"{args.kind} needs --net, one of {', '.join(sorted(nets))}" if args.kind != "mobilenet"
                     else "mobilenet takes no --net")

    if args.kind == "mobilenet":
        tensors, digest = mobilenet.convert(args.source), hashlib.sha256(args.source.read_bytes()).hexdigest()
    else:
        convert = backbones.convert if args.kind == "backbone" else heads.convert
        tensors, digest = convert(args.source, args.net, args.any_digest)
    net = args.net or "mobilenet_v2"
    save_file(tensors, args.out, metadata={"format": "pt", "net": net, "source": args.source.name, "sha256": digest})
    print(f"{args.out}: {len(tensors)} tensors, {sum(t.numel() for t in tensors.values())} numbers, {net}")


if __name__ == "__main__":
    main()
