# make demo    the whole story on an embedded site: needs Python 3.11, pip and make
# make serve   the embedded site stays up, for curl (PORT=8000)
# make test    all tests that need no bench
# make test-bench BENCH=dir SITE=name   this checkout's suite on an existing bench; with URL= also over HTTP, with
#                                       FAULTS=1 its workers, Redis and database are killed and started, too
# make test-desk URL=http://site:8000   the desk in Chromium
# PASSWORD is Administrator's on that site; ROUNDS repeats the races; SIGN_UPS and KILLS say how much
# is signed up while workers are killed; RESTART_DATABASE is the command that does
PYTHON ?= python3
PORT ?= 8000
PASSWORD ?= admin
ROUNDS ?= 1
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo serve test test-bench test-live test-desk lint

demo: $(VENV)/ready
	@$(BIN)/python -m sandbox demo

serve: $(VENV)/ready
	@$(BIN)/python -m sandbox serve --port $(PORT)

test: $(VENV)/ready
	@$(BIN)/python -m pytest -q -rs $(ARGS)

lint: $(VENV)/ready
	@$(BIN)/pip install -qq ruff && $(BIN)/ruff check . && $(BIN)/ruff format --check .

$(VENV)/ready: requirements.txt sandbox/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "No virtual environment could be made in $(VENV); is the venv module installed?"; exit 1; }
	@$(BIN)/pip install -qq --disable-pip-version-check -r requirements.txt -r sandbox/requirements.txt || \
		{ echo "The requirements could not be installed; is there a network?"; exit 1; }
	@touch $@

test-bench:
	@test -n "$(BENCH)" -a -n "$(SITE)" || { echo "Say which: make test-bench BENCH=/path/to/bench SITE=site.name"; exit 1; }
	@tests/bench/run.sh "$(BENCH)" "$(SITE)"
	@test -z "$(URL)" || $(MAKE) -s test-live

test-live: $(VENV)/ready
	@$(BIN)/pip install -qq --disable-pip-version-check -r tests/bench/requirements.txt || \
		{ echo "The requirements could not be installed; is there a network?"; exit 1; }
	@LIVE_URL="$(URL)" LIVE_PASSWORD="$(PASSWORD)" LIVE_ROUNDS="$(ROUNDS)" LIVE_BENCH="$(BENCH)" LIVE_SITE="$(SITE)" \
		LIVE_FAULTS="$(FAULTS)" LIVE_SIGN_UPS="$(SIGN_UPS)" LIVE_KILLS="$(KILLS)" RESTART_DATABASE="$(RESTART_DATABASE)" \
		$(BIN)/python -m pytest -q -c tests/bench/pytest.ini --rootdir tests/bench tests/bench $(ARGS)

test-desk: $(VENV)/ready
	@test -n "$(URL)" || { echo "Say which: make test-desk URL=http://site.name:8000"; exit 1; }
	@$(BIN)/pip install -qq --disable-pip-version-check 'playwright>=1.45' || \
		{ echo "Playwright could not be installed; is there a network?"; exit 1; }
	@DESK_URL="$(URL)" DESK_PASSWORD="$(PASSWORD)" $(BIN)/python -m pytest -q -c tests/desk/pytest.ini --rootdir tests/desk tests/desk $(ARGS)
