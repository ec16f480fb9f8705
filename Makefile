# Works on a bare machine with Python 3.11+, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup run test check bench chaos clean
help:
	@echo "make setup  install the locked packages into .venv"
	@echo "make run    set up, make the sample master, render the sample campaign at draft size, print the way to the gallery"
	@echo "make test   set up, all tests"
	@echo "make check  format, lint, types"
	@echo "make bench  speed as ratios against peers measured in the same run; PART=ratios measures that alone"
	@echo "make chaos  kill paid runs hundreds of times against the emulator, cut the power of machines, and count what was lost"
	@echo "make clean  delete .venv and caches; never .fanout, which remembers what was bought, or out"

# The lock is its own constraint: else pip looks for "sqlalchemy[asyncio]" beyond the version that "sqlalchemy" is pinned to.
setup: $(READY)
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock -c requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

run: setup
	@test -f media/master.mov || $(BIN)/fanout sample
	$(BIN)/fanout run --draft

# Four at a time: tests mostly wait for processes of their own. One file stays with one worker and its servers.
test: setup
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# PART=ratios measures that alone. Other people's libraries live in an environment of their own; without them the rest is measured.
PEERS := $(VENV)/peers
bench: setup
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r bench/peers.txt || true
	@test -f media/master.mov || $(BIN)/fanout sample
	$(BIN)/python -m bench $(PART)

# KILLS=20 CUTS=3 is a short one; PostgreSQL as for the tests (FANOUT_TEST_POSTGRES).
KILLS := 240
CUTS := 12
chaos: setup
	PYTHONPATH=tests:. $(BIN)/python -W error::ResourceWarning -m chaos --kills $(KILLS)
	PYTHONPATH=tests:. $(BIN)/python -W error::ResourceWarning -m machines --cuts $(CUTS)

# .fanout remembers what was bought and out holds the films: neither is make's to delete.
clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
