#!/usr/bin/env bash
# The main job on pictures drawn on the spot: every product gets a defect of another specimen, with exact masks.
set -euo pipefail
cd "$(dirname "$0")/.."
unidg=${1:-build}/unidg
out=demo
"$unidg" procedural --out $out/input --count 18 --seed 7
"$unidg" generate --references $out/input --scenes $out/input/normal --masks auto \
  --out $out/result --count 1 --seed 1
echo
echo "Look at $out/result/index.html (gallery) or $out/result/contact_sheet.png."
echo "Your own photos:  $unidg generate --reference defect.png --reference-mask defect_mask.png \\"
echo "                    --scenes good_photos/ --masks auto --out my_set"
