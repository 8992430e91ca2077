# Everything from a bare clone: each target first sets up what it needs.
# Variables: PYTHON (the Python to make .venv from), ARGS (for pytest).

python := .venv/bin/python

.PHONY: help demo test check clean setup

help:
	@echo 'make demo    check, draw, build and train a network for handwritten digits'
	@echo 'make test    run the tests (ARGS="-k name" for some of them)'
	@echo 'make check   formatting, lint and types of the source'
	@echo 'make clean   remove .venv and what the tools wrote, but not runs/ and data/'

setup:
	@PYTHON='$(PYTHON)' sh scripts/setup.sh

demo: setup
	@$(python) scripts/demo.py

test: setup
	$(python) -m pytest -n 2 $(ARGS)

check: setup
	$(python) -m ruff format --check .
	$(python) -m ruff check .
	$(python) -m mypy

clean:
	rm -rf .venv build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find archc tests tools scripts benchmarks -name __pycache__ -prune -exec rm -rf {} +
