# Each target sets up what it needs and does nothing twice.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ergodica-environment
DEMO := runs/demo
DEMO_TABLE := $(DEMO)/table.txt
SITE := site/index.html

# The package without its tests; from the folders where there is no git.
CODE := src sims data estimators models scripts
SOURCES := pyproject.toml $(wildcard $(shell \
	git ls-files -- $(CODE) 2>/dev/null | grep -E '[.](py|toml|json)$$' || \
	find $(CODE) -name '*.py' -o -name '*.toml' -o -name '*.json'))
PAGES := mkdocs.yml CHANGELOG.md $(shell find docs -type f)

.PHONY: env demo test bench docs clean

env: $(STAMP)

# Made anew only when the requirements change; offline from the second time on.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("ergodica needs Python 3.11 or newer: set PYTHON=..." if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,docs,models]'
	touch $@

# The table is written last: it stands for the files that it names, as long as they are all there.
demo: env
	@if $(MAKE) --no-print-directory --question $(DEMO_TABLE) 2>/dev/null && \
		grep '^$(DEMO)/' $(DEMO_TABLE) | xargs ls >/dev/null 2>&1; then \
		echo '$(DEMO) is up to date' && cat $(DEMO_TABLE); \
	else \
		$(MAKE) --no-print-directory --what-if scripts/demo.py $(DEMO_TABLE); \
	fi

$(DEMO_TABLE): $(STAMP) $(SOURCES)
	$(BIN)/ergodica demo --out $(DEMO) --force

# Workers share the cores, not each with threads of LAPACK; neighbouring tests, which compile the same, share a worker.
test: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive $(BIN)/python -m pytest -n auto --dist worksteal

bench: env
	$(BIN)/python benchmarks/run.py
	$(BIN)/python scripts/studies/tables.py

docs: $(SITE)
	@echo 'the documentation starts at $(SITE)'

$(SITE): $(STAMP) $(SOURCES) $(PAGES)
	$(BIN)/mkdocs build --strict
	touch $@

clean:
	rm -rf build dist site *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
