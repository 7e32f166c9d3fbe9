#!/usr/bin/env bash
# Installs what building needs: Debian packages and LibTorch (the torch wheel, in .venv). Does nothing when all is there.
# UNIDG_TORCH_INDEX  another package index for torch, e.g. https://download.pytorch.org/whl/cpu
# CMAKE_PREFIX_PATH  another LibTorch (>= 2.6): then no wheel is installed
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(build-essential cmake ninja-build ccache mold python3-venv libopencv-dev libcli11-dev nlohmann-json3-dev
          libspdlog-dev zlib1g-dev libjpeg-dev libpng-dev libcurl4-openssl-dev libgtest-dev libgmock-dev libbenchmark-dev)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: installing ${missing[*]}"
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "setup: as root, run: apt-get install ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

if [ -z "${CMAKE_PREFIX_PATH:-}" ]; then
  [ -x .venv/bin/python ] || python3 -m venv .venv
  torch_version() { .venv/bin/python -c 'import importlib.metadata as m; print(m.version("torch").split("+")[0])' 2>/dev/null || true; }
  if [ "$(torch_version)" != 2.13.0 ]; then
    echo "setup: installing the torch 2.13.0 wheel into .venv"
    index=()
    [ -n "${UNIDG_TORCH_INDEX:-}" ] && index=(--index-url "$UNIDG_TORCH_INDEX")
    .venv/bin/pip install -q --disable-pip-version-check "${index[@]}" torch==2.13.0
  fi
  # A wheel built for CUDA asks CMake for the CUDA toolkit; without one, take the CPU build.
  if ls .venv/lib/python3*/site-packages/torch/lib/libtorch_cuda.so >/dev/null 2>&1 && ! command -v nvcc >/dev/null; then
    echo "setup: this wheel needs the CUDA toolkit, which is absent: taking the CPU build"
    .venv/bin/pip install -q --disable-pip-version-check --force-reinstall \
      --index-url "${UNIDG_TORCH_INDEX:-https://download.pytorch.org/whl/cpu}" torch==2.13.0
  fi
fi
