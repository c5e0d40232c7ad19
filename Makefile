# The one list of what people and CI call. `make` alone prints it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run build test test-browser test-api lint format bench bench-guard bench-peers fuzz clean
.PHONY: bench-flexmeasures
.PHONY: system-packages

# Where `make run` keeps its data, and the address that it serves (of this machine only).
DATA_DIR ?= ./penstock-data
LISTEN ?= 127.0.0.1:5000
LISTEN_HTTPS ?= 127.0.0.1:5443
# Compiler processes at a time; empty for one a core.
JOBS ?=
SWIFT ?= swift

# Release builds use what the processor has, if that is all of x86-64-v3 (AVX2, BMI, FMA and the
# rest). Always the same flags, as others would build everything anew.
V3 := avx2 bmi1 bmi2 f16c fma abm movbe
CPU_FLAGS := $(shell flags=" $$(grep -m1 '^flags' /proc/cpuinfo 2>/dev/null) "; \
    for flag in $(V3); do [[ $$flags == *" $$flag "* ]] || exit 0; done; \
    echo -Xcc -march=x86-64-v3)
# The targets are the architecture: an import that the manifest does not list is an error.
BUILD_FLAGS := --explicit-target-dependency-import-check error $(if $(JOBS),--jobs $(JOBS))
# Most tests start servers: more at a time than these only wait for each other on two cores.
TEST_FLAGS = $(shell $(SWIFT) test --help-hidden 2>/dev/null | grep -q maximum-parallelization-width && \
    echo --experimental-maximum-parallelization-width 4)
RELEASE_FLAGS := -c release $(BUILD_FLAGS) $(CPU_FLAGS)

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: system-packages build ## Start the demo: servers, sample data, API; Ctrl-C stops it all
	@exec .build/release/penstock demo --data-dir $(DATA_DIR) --listen $(LISTEN_HTTPS) --insecure-http $(LISTEN)

build: ## Build .build/release/penstock
	$(SWIFT) build $(RELEASE_FLAGS) --product penstock

test: lint ## Lint, build for debugging, and run all tests
	$(SWIFT) build $(BUILD_FLAGS) --build-tests
	$(SWIFT) test $(BUILD_FLAGS) --skip-build --disable-xctest $(TEST_FLAGS) 2>&1 | tee .build/test.log
	@echo; grep -E 'Test run with [0-9]+ test' .build/test.log

test-browser: ## Walk through the pages in headless Chromium, if it is installed; SHOTS=folder keeps pictures
	$(SWIFT) build $(BUILD_FLAGS) --product penstock
	@Tests/Browser/walk.py .build/debug/penstock $(SHOTS) || (status=$$?; [[ $$status == 77 ]] || exit $$status)

SHOTS ?=

test-api: ## Use the API by foreign clients, from PyPI: schemathesis and flexmeasures-client
	$(SWIFT) build $(BUILD_FLAGS) --product penstock
	@for client in flexmeasures_client_walk schemathesis_run; do \
	    Tests/Clients/$$client.py .build/debug/penstock || (status=$$?; [[ $$status == 77 ]] || exit $$status); \
	done

lint: ## Check the style of all Swift code
	$(SWIFT) format lint --strict -p -r --configuration .swift-format $(SOURCES)

format: ## Bring all Swift code into style
	$(SWIFT) format -i -p -r --configuration .swift-format $(SOURCES)

SOURCES := Package.swift Sources Tests Benchmarks

bench: ## Build and run the benchmarks in release mode
	@for name in CodecBenchmarks HTTPBenchmarks; do \
	    BENCH=1 $(SWIFT) run $(RELEASE_FLAGS) $$name; \
	done

# Built aside, so that a program without a door never lies where one is run from.
bench-guard: build ## Measure what the checks of tokens and permissions cost
	UNGUARDED=1 $(SWIFT) build $(RELEASE_FLAGS) --product penstock --scratch-path .build-unguarded
	BENCH=1 $(SWIFT) run $(RELEASE_FLAGS) AuthBenchmarks
	BENCH=1 $(SWIFT) run $(RELEASE_FLAGS) HTTPBenchmarks .build/release/penstock \
	    --guard .build-unguarded/release/penstock

# The stores beside it: apt-get install victoria-metrics influxdb; what is missing is left out.
bench-peers: build ## Compare with other stores, to docs/benchmarks.md; PEERS=--help lists options
	BENCH=1 $(SWIFT) run $(RELEASE_FLAGS) PeerBenchmarks --append docs/benchmarks.md $(PEERS)

PEERS ?=

# FlexMeasures from PyPI, with versions of its libraries that it was released for.
FLEXMEASURES := flexmeasures==1.0.1 SQLAlchemy==2.0.51 rq==2.10.0 Flask-Security-Too==5.8.1 gunicorn
FLEXMEASURES_VENV := .build/flexmeasures-venv

bench-flexmeasures: build ## Compare with FlexMeasures 1.0.1, to docs/benchmarks.md; PEERS lists options
	@[[ -x $(FLEXMEASURES_VENV)/bin/gunicorn ]] || { \
	    python3 -m venv --clear $(FLEXMEASURES_VENV) && \
	    $(FLEXMEASURES_VENV)/bin/pip install --quiet $(FLEXMEASURES); \
	} || { rm -rf $(FLEXMEASURES_VENV); \
	    echo "FlexMeasures could not be installed: is PyPI within reach?" >&2; exit 1; }
	BENCH=1 $(SWIFT) run $(RELEASE_FLAGS) PeerBenchmarks flexmeasures --append docs/benchmarks.md $(PEERS)

fuzz: ## Fuzz the block decoder for FUZZ_SECONDS (default 60)
	mkdir -p .build/corpus && cp -n Benchmarks/fuzz/corpus/* .build/corpus
	swiftc -O -parse-as-library -package-name penstock -sanitize=fuzzer,address -I Sources/CLZ4 \
	    Sources/TSEngine/Codec/*.swift Benchmarks/fuzz/BlockDecoderFuzz.swift -o .build/block-fuzz
	SWIFT_BACKTRACE=enable=no .build/block-fuzz -max_len=4096 -max_total_time=$(FUZZ_SECONDS) .build/corpus

FUZZ_SECONDS ?= 60

clean: ## Remove what was built; data directories stay
	rm -rf .build

system-packages: ## Install missing Debian packages
	@Scripts/system-packages
