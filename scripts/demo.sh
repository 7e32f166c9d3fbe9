#!/usr/bin/env bash
# The main job on pictures drawn on the spot: every product gets a defect of another specimen, with exact masks.
set -euo pipefail
cd "$(dirname "$0")/.."
unidg=${1:-build}/unidg
out=demo
"$unidg" procedural --out $out/input --count 12 --seed 7
"$unidg" generate --references $out/input/references --scenes $out/input/scenes --masks auto \
  --out $out/result --count 2 --seed 1
echo
echo "Look at $out/result/index.html (gallery) or $out/result/contact-sheet.png."
echo "Your own photos:  $unidg generate --reference defect.png --reference-mask defect_mask.png \\"
echo "                    --scenes good_photos/ --masks auto --out my_set"
