# Each target works alone on a fresh clone: it makes .venv, installs what it needs, and runs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
OUT    ?= out/in-fa
# one more than cores: tests that wait (for a browser, a deadline, a killed process to end) leave theirs to others
WORKERS = $(shell $(BIN)/python -c 'import os; print(min(os.cpu_count() + 1, 4))')
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: help demo test quick cover check bench docs pages wheel warm clean drill explore fuzz

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "riskmap needs Python >= 3.11, found $$($(PYTHON) --version); try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing riskmap[letters,evac,plan] into $(VENV) ..."
	$(PIP) -e '.[letters,evac,plan]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing riskmap[dev] into $(VENV) ..."
	$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.demo

$(VENV)/.docs: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) -e '.[dev,docs]'
	@touch $@ $(VENV)/.dev $(VENV)/.demo

demo: $(VENV)/.demo  ## typhoon In-Fa: map, letters, and the closed loop in out/in-fa
	$(BIN)/riskmap demo --out $(OUT)
	$(BIN)/evac drill --from $(OUT)
	@echo; echo "open $(OUT)/index.html"

NOTEBOOKS := $(patsubst notebooks/%.py,build/%.ipynb,$(wildcard notebooks/*.py))

build/%.ipynb: notebooks/%.py $(VENV)/.dev
	@mkdir -p build
	$(BIN)/jupytext --quiet --to ipynb --output $@ $<

test: $(VENV)/.dev $(NOTEBOOKS)  ## all tests, doctests and the notebooks
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -q
	$(BIN)/python -m pytest -n $(WORKERS) -q --nbmake --nbmake-timeout=300 --override-ini=addopts= --override-ini=testpaths= $(NOTEBOOKS)

quick: $(VENV)/.dev  ## tests but the slow ones and the browser's: while you write
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -q -m "not slow and not browser" $(ONLY)

cover: $(VENV)/.dev  ## the quick tests with coverage, which makes them a third dearer: fails under the floor
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --cov --cov-report=term:skip-covered -q -m "not slow and not browser"

explore: $(VENV)/.dev  ## the property tests on new random examples, a thousand each
	HYPOTHESIS_PROFILE=explore $(BIN)/python -m pytest -q -m "not browser" $(ONLY)

fuzz: $(VENV)/.dev  ## the HTTP server asked by its own document, 2,000 examples a route
	EVAC_FUZZ=2000 $(BIN)/python -m pytest -q tests/evac/api/test_fuzz.py

check: $(VENV)/.dev  ## ruff, mypy --strict, import contracts, duplicated constants, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tests/contracts/duplicate_constants.py
	$(BIN)/codespell

drill: $(VENV)/.dev  ## 2.03 million people, 2,200 kills and power cuts, 10,000 edits: long
	$(BIN)/python -m benchmarks.check_ins

bench: $(VENV)/.dev  ## benchmarks into build/bench/*.json; ONLY=name runs one
	$(BIN)/python -m benchmarks $(ONLY)

docs: $(VENV)/.docs  ## HTML documentation in build/docs
	$(BIN)/python -m sphinx -W -q -b html docs build/docs

pages: $(VENV)/.docs  ## every page and docstring read and every link followed, nothing written: half the time of docs
	$(BIN)/python -m sphinx -W --keep-going -E -q -b dummy docs build/pages

wheel: $(VENV)/.dev  ## wheel and sdist in dist, with every file that is committed
	$(BIN)/python -m build --outdir dist
	$(BIN)/python tests/contracts/wheel_contents.py dist

warm: $(VENV)/.demo  ## compile every kernel once
	$(BIN)/riskmap warm

clean:
	rm -rf $(VENV) build out dist
