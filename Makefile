# Two commands need nothing but Python 3.11+ and a C compiler: `make demo` and `make test`.
# Everything is installed into $(VENV) inside the checkout; delete that folder to start afresh.

VENV := .venv
BIN := $(VENV)/bin
export TF_CPP_MIN_LOG_LEVEL ?= 3
export ML_GENN_DATA ?= $(wildcard ../shared/data)

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow coverage interpreters check docs docs-write conformance sanitize format clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(VENV)/.installed: pyproject.toml .ci/setup
	@.ci/setup $(VENV)

demo: $(VENV)/.installed ## convert a trained Keras model, evaluate it on real data, write out/digits.html
	@mkdir -p out
	$(BIN)/ml-genn convert models/digits_max_pool.keras --data digits --method few-spike --k 8 \
	    --out out/digits_snn.h5 --report out/digits.html --json out/digits.json
	$(BIN)/ml-genn evaluate out/digits_snn.h5 --data digits
	@echo "The report is out/digits.html: open it in a browser."

check: $(VENV)/.installed docs ## linters, types, layering, the ten-second suite and the documentation, in a minute
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_tiny.py tests/test_layering.py

docs: $(VENV)/.installed ## build the documentation into site/, warnings being errors
	$(BIN)/python -m mkdocs build --strict --quiet

docs-write: $(VENV)/.installed ## run the pages that have code and put in what they print now
	$(BIN)/python -m tools.docs.pages --write

# How many processes share the tests
WORKERS ?= 2
PARALLEL := -n $(WORKERS) --dist worksteal

COVERAGE := # anything else measures which lines the quick tests run
test: check ## all quick tests (at most 15 minutes, most of it installation)
	$(BIN)/python -m pytest -q -m "not slow" $(PARALLEL) $(if $(COVERAGE),--cov --cov-report=)

coverage: $(VENV)/.installed ## what `make test COVERAGE=1` has not run: lines of code, and every line that raises or warns
	$(BIN)/python -m tools.coverage_gate

test-slow: $(VENV)/.installed ## the slow tests
	$(BIN)/python -m pytest -q -m slow $(PARALLEL)

interpreters: ## the ten-second suite under each Python from 3.11 to 3.13 that this machine has
	@.ci/interpreters $(VENV)-interpreters

ENGINE ?= reference
conformance: $(VENV)/.installed ## the engine's conformance table on ENGINE=embedded|reference|pygenn
	ML_GENN_CONFORMANCE_ENGINE=$(ENGINE) $(BIN)/python -m pytest -q tests/engine

# Python itself leaks by design and keeps small objects in pools of its own, where no access could be seen
sanitize: $(VENV)/.installed ## the engine's tests with the generated C under the address and undefined-behaviour sanitizers
	ML_GENN_SANITIZE=1 CC=gcc PYTHONMALLOC=malloc ASAN_OPTIONS=detect_leaks=0 \
	    LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
	    $(BIN)/python -m pytest -q -p no:cacheprovider -m "not slow" tests/engine tests/build

format: $(VENV)/.installed ## rewrite the sources in house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what the commands above made
	rm -rf $(VENV) $(VENV)-interpreters site .coverage .coverage.* out build dist .pytest_cache .mypy_cache .ruff_cache
