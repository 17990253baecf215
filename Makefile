# Two commands are enough: `make book` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
STRICT := -W --keep-going --all

.PHONY: book strict test test-browser pdf notebooks lab lint benchmarks clean

book: $(VENV)/ready
	$(BIN)/jupyter-book build .
	@echo "The book is ready: open $(CURDIR)/_build/html/index.html"

# Warnings are errors, and every page is read again.
strict: $(VENV)/ready
	$(BIN)/jupyter-book build . $(STRICT)

test: $(VENV)/ready
	$(BIN)/python -m pytest -n 2 --dist loadfile --nbval --nbval-current-env intro.ipynb chapters tests src

test-browser: $(VENV)/ready
	$(BIN)/python -m pytest -m browser tests

pdf: $(VENV)/ready
	@test -n "$(CHROMIUM)" || { echo "make pdf needs Chromium. On Debian or Ubuntu: apt-get install chromium"; exit 1; }
	$(BIN)/jupyter-book build . --builder singlehtml $(STRICT)
	$(BIN)/python tools/make_pdf.py "$(CHROMIUM)"

# Store the outputs of every chapter again; the diff shows which results moved.
notebooks: $(VENV)/ready
	$(BIN)/python tools/make_datapackage.py
	$(BIN)/python tools/refresh_notebooks.py

lab: $(VENV)/ready
	$(BIN)/pip install --quiet "jupyterlab>=4,<5"
	$(BIN)/jupyter lab

lint: $(VENV)/ready
	$(BIN)/ruff check . && $(BIN)/ruff format --check src tests tools benchmarks _ext

benchmarks: $(VENV)/ready
	$(BIN)/python benchmarks/run.py

$(VENV)/ready: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

clean:
	rm -rf _build
