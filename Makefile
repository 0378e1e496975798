# Each target sets up .venv on its own. PYTHON=... names another interpreter (3.11 or newer).
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# Modules are compiled when they are first imported, and kept so: most of what is installed never is. Where an environment forbids to
# keep them, each process would compile all it imports anew, which takes longer than most of them run.
unexport PYTHONDONTWRITEBYTECODE
PIP := .venv/bin/python -m pip install -qq --disable-pip-version-check --no-compile --only-binary :all:
WORKERS ?= 2
# How long `make soak` breaks model files; killing savers and searches, and compiling twice at once, come on top.
SECONDS ?= 60

.PHONY: demo quick test test-processors lint bench soak clean
.DELETE_ON_ERROR:

demo: .venv/.plot
	.venv/bin/wellfit fit --out demo-run

test: .venv/.test
	.venv/bin/python -m pytest -q -n $(WORKERS) --dist worksteal

# What catches most mistakes: the files and tests of tests/quick.txt.
quick: .venv/.test
	.venv/bin/python -m pytest -q -n $(WORKERS) --dist worksteal @tests/quick.txt

# Sums round otherwise on processors without AVX-512, or without AVX: what is numeric is tried as there.
test-processors: .venv/.test
	for p in haswell nehalem; do .venv/bin/python tests/as_processor.py $$p -n $(WORKERS) --dist worksteal \
		tests/engines tests/maths tests/course || exit 1; done

lint: .venv/.test
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

bench: .venv/.bench
	.venv/bin/python benchmarks/run.py

soak: .venv/.test
	.venv/bin/python -m soak --seconds $(SECONDS)

clean:
	rm -rf .venv demo-run build dist .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find src tests benchmarks soak -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.made:
	@if [ -z "$(PYTHON)" ]; then echo "wellfit needs Python 3.11 or newer; found none. Install it, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; fi
	$(PYTHON) -m venv .venv
	@touch $@

# One stamp for each extra: a changed pyproject.toml installs anew.
.venv/.%: pyproject.toml .venv/.made
	@echo "setting up .venv with the extra '$*': once, a minute or two ..."
	$(PIP) --editable '.[$*]'
	@touch $@

.PRECIOUS: .venv/.%
