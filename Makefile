# Everything that is done to feedhub by hand. "make" alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Where the corpora for measuring are; without it benchmarks leave out what needs them.
DATA ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run demo test bench fuzz schema reference image docs constraints clean

help: ## list these targets
	@echo "feedhub: your sources, two ranked lists, served as feeds and a page"
	@echo
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' \
	  | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

install: $(VENV)/.installed ## make .venv with the feedhub command in it
	@test -n "$(filter run demo,$(MAKECMDGOALS))" || echo "ready: $(BIN)/feedhub"

run: install ## start the hub on feeds.yaml
	$(BIN)/feedhub run

demo: install ## start a hub with sample sources, no network needed
	$(BIN)/feedhub demo

test: $(VENV)/.installed-dev ## style, types and all tests, as CI does
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto --dist loadgroup

bench: $(VENV)/.installed-bench ## all benchmarks; DATA=DIR names the corpora
	@test -n "$(DATA)" || echo "bench: no DATA=DIR given; what needs the corpora is left out"
	@test -z "$(DATA)" || test -d "$(DATA)" || { echo "bench: DATA=$(DATA) is no directory"; exit 2; }
	@status=0; for script in bench/[a-z]*.py; do \
	  case "$$script" in bench/fuzz_*) continue;; esac; \
	  echo; echo "== $$script"; \
	  $(BIN)/python "$$script" $(if $(DATA),--data "$(DATA)") || { echo "bench: $$script failed"; status=1; }; \
	done; exit $$status

fuzz: $(VENV)/.installed-dev ## long runs over damaged documents
	@status=0; for script in bench/fuzz_*.py; do \
	  test -e "$$script" || { echo "fuzz: there is no bench/fuzz_*.py"; exit 2; }; \
	  echo "== $$script"; $(BIN)/python "$$script" || status=1; \
	done; exit $$status

schema: install ## write docs/feeds.schema.json anew from the model
	$(BIN)/python -c 'import json, feedhub.config as c; print(json.dumps(c.json_schema(), indent=2, ensure_ascii=False))' > docs/feeds.schema.json

reference: $(VENV)/.installed ## write docs/reference/ anew from the code
	$(BIN)/python tools/reference.py

image: ## make the image of deploy/Dockerfile and try it; without Docker, its steps by root
	$(PYTHON) tools/image.py

docs: $(VENV)/.installed-dev ## build the documentation into build/site, strictly
	$(BIN)/mkdocs build --quiet --strict
	@echo "ready: build/site/index.html"

constraints: ## pin constraints.txt anew, to what is newest now
	$(check_python)
	rm -rf build/pins && $(PYTHON) -m venv build/pins
	build/pins/bin/python -m pip --disable-pip-version-check install --quiet ".[dev,bench]"
	{ sed -n '/^#/p' constraints.txt; build/pins/bin/python -m pip freeze --local --exclude feedhub \
	  | grep -E '^[A-Za-z0-9._-]+==' | sort -f; } > constraints.new
	mv constraints.new constraints.txt
	rm -rf build/pins

clean: ## remove .venv and caches; databases and feeds.yaml stay
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis src/*.egg-info
	find src tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps make the second "make install" free. Each holds one set of extras.

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/pip
	@echo "installing feedhub into $(VENV) ..."
	@$(PIP) install --quiet -c constraints.txt -e .
	@# also where PYTHONDONTWRITEBYTECODE is set: compiling takes a third of a start
	@$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "installing what the tests need ..."
	@$(PIP) install --quiet -c constraints.txt -e ".[dev]"
	@touch $@

$(VENV)/.installed-bench: $(VENV)/.installed
	@echo "installing what the benchmarks compare with ..."
	@$(PIP) install --quiet -c constraints.txt -e ".[bench]"
	@touch $@

# Only the interpreter that makes .venv is looked at; what stands in .venv speaks for itself.
define check_python
	@command -v $(PYTHON) >/dev/null || { \
	  echo "feedhub needs Python 3.11 or later, and $(PYTHON) is not here; make PYTHON=... names another"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "feedhub needs Python 3.11 or later, and $(PYTHON) is older: $$($(PYTHON) -V 2>&1); make PYTHON=... names another"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make environments; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
endef

$(BIN)/pip:
	$(check_python)
	@$(PYTHON) -m venv $(VENV)
