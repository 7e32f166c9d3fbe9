# Two commands do everything: `make demo` and `make test`. The rest are their parts.
BUILD ?= build
JOBS ?= $(shell nproc)
# Each file that sees LibTorch takes about 1.3 GB to compile: lower JOBS where memory is short.
CORPUS ?= ../shared/data/train
RUN ?= runs/embedded

.PHONY: demo setup build test bench train-embedded golden format clean

demo: build
	scripts/demo.sh $(BUILD)

setup:
	scripts/setup.sh

build: setup
	cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release
	cmake --build $(BUILD) -j $(JOBS)

test: build
	ctest --test-dir $(BUILD) --output-on-failure

bench: setup
	cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release -DUNIDG_BENCH=ON
	cmake --build $(BUILD) -j $(JOBS) --target unidg_bench unidg
	scripts/bench.sh $(BUILD)

# From photos to the weights under models/embedded: windows into shards, the codec in closed form, then the networks.
# Every part resumes; see docs/training.md.
train-embedded: build
	$(BUILD)/unidg prepare --corpus $(CORPUS) --out $(RUN)/shards --config configs/embedded/prepare.json
	$(BUILD)/unidg train codec --shards $(RUN)/shards
	$(BUILD)/unidg train base --shards $(RUN)/shards --run $(RUN)/train --config configs/embedded/train.json

# Rewrites the fixtures of the golden tests from the reference libraries (tools/golden/README.md).
golden:
	python3 -m venv .golden-venv
	.golden-venv/bin/pip install -r tools/golden/requirements.txt
	.golden-venv/bin/python tools/golden/write_all.py

format:
	find unidg tests bench -name '*.h' -o -name '*.cpp' | xargs clang-format -i

clean:
	rm -rf $(BUILD)
