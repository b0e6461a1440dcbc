# Two commands do everything: `make demo` and `make test`. Each makes its own set-up first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEER := var/peer
BROWSERS_VENV := var/browsers
PACKAGES := lti_tool tests .ci

.PHONY: demo demo-reset test format lint types contracts locks pytest screenshots mutation bench-demo bench-launch bench-deliveries bench-learning bench-planning bench-grouping proof-workers fuzz browsers journeys faults lock browser peer clean help

help:            ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: $(VENV)/.runtime   ## run the tool, its worker and a demo LMS; PROFILE=strict|canvas|moodle|schoology
	@$(BIN)/python -m lti_tool demo $(if $(PROFILE),--profile $(PROFILE))

demo-reset:      ## forget everything that the demo stored
	rm -rf var/demo

test: $(VENV)/.dev lint types contracts locks browser peer pytest   ## all checks and all tests

format: $(VENV)/.dev     ## format the code
	$(BIN)/ruff format $(PACKAGES)
	$(BIN)/ruff check --fix $(PACKAGES)

lint: $(VENV)/.dev       ## formatter and linter, without changing anything
	$(BIN)/ruff format --check $(PACKAGES)
	$(BIN)/ruff check $(PACKAGES)

types: $(VENV)/.dev      ## strict types
	$(BIN)/mypy

contracts: $(VENV)/.dev  ## import directions
	$(BIN)/lint-imports

locks: $(VENV)/.dev      ## lock files: hashes for everything, no address of any registry, nothing missing
	$(BIN)/python .ci/check_locks.py

browser: $(VENV)/.dev    ## a Chromium for the browser tests
	@sh .ci/browser $(BIN)/python

peer: $(PEER)/.ready      ## Open edX's platform code, for tests/peers

# A file stays on one process: its servers, browsers and platforms start once. Three processes keep two cores busy, because
# each of them often waits for a page, a platform or a database. In the order of the files,
# so that the long stories of tests/integration do not come last, when the others have nothing to do.
pytest: $(VENV)/.dev
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

screenshots: $(VENV)/.dev browser   ## every page on a phone and at a desk, light and dark, in var/screenshots/index.html
	@rm -rf var/screenshots && mkdir -p var/screenshots
	SCREENSHOTS=var/screenshots $(BIN)/pytest -n 2 --dist loadfile $(addprefix tests/web/,test_accessibility.py test_admin_browser.py test_launch_messages_browser.py)
	@$(BIN)/python -m tests.web.screenshots var/screenshots

mutation: $(VENV)/.dev browser   ## every security check switched off once: does a test turn red? Up to 2 hours; goes on where it was
	$(BIN)/python -m tests.mutation

bench-demo: $(VENV)/.dev ## how long people wait in the demo, and how much the student's page weighs
	@$(BIN)/python -m tests.benchmarks.demo

bench-launch: $(VENV)/.dev ## launches per second and processor time beside PyLTI1p3 as documented; a lesson's beginning
	@$(BIN)/python -W ignore -m tests.benchmarks.launches

bench-learning: $(VENV)/.dev ## estimates beside baselines on recorded answers: DATA=<folder of the benchmarks>; SETS="statics"; CLASSES=4 simulated ones
	@$(BIN)/python -m tests.benchmarks.learning $(DATA) $(if $(SETS),--sets $(SETS)) $(if $(CLASSES),--classes $(CLASSES))

bench-grouping: $(VENV)/.dev ## seconds to form groups of 30, 40 and 60 students on one core
	@$(BIN)/python -m tests.benchmarks.grouping

bench-planning: $(VENV)/.dev ## core time and memory of estimates and next steps: a class, one new score, a district
	@$(BIN)/python -m tests.benchmarks.planning

bench-deliveries: $(VENV)/.dev ## scores per minute, queue delay beside platforms in trouble and beside readings, a big roster; ROWS="1000 5000 20000" KIND=PostgreSQL ONLY=drain
	@$(BIN)/python -W ignore -m tests.benchmarks.deliveries $(if $(ROWS),--rows $(ROWS)) $(if $(KIND),--kind $(KIND)) $(if $(ONLY),--only $(ONLY))

proof-workers: $(VENV)/.dev ## two workers on PostgreSQL, one killed every few seconds for MINUTES=10: none lost, none doubled, never backwards
	@$(BIN)/python -u -W ignore -m tests.proofs.two_workers $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

fuzz: $(VENV)/.dev       ## mutated requests to every address, MINUTES=30 of them: no 500, nothing hangs, no memory grows
	@$(BIN)/python -u -W ignore -m tests.fuzz $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

browsers: $(BROWSERS_VENV)/.ready ## checklist group E over https in Chromium, Firefox and WebKit; BROWSERS=chromium,webkit CASES=e01,e04
	@sh .ci/browsers
	@$(BROWSERS_VENV)/bin/python -u -W ignore -m tests.browsers $(if $(BROWSERS),--browsers $(BROWSERS)) $(if $(CASES),--cases $(CASES))

journeys: $(VENV)/.dev browser   ## everybody's way through the demo by keyboard alone, at three widths, light and dark; WIDTHS=320 SCHEMES=dark
	@$(BIN)/python -u -W ignore -m tests.journeys $(if $(WIDTHS),--widths $(WIDTHS)) $(if $(SCHEMES),--schemes $(SCHEMES))

faults: $(VENV)/.dev     ## write-back faults C01-C43, all rows on both databases; ROUNDS=200 of each kill, ONLY=C26
	@$(BIN)/python -W ignore -m tests.faults $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(ONLY),--only $(ONLY))

lock:            ## renew the lock files after a change of pyproject.toml
	@$(PYTHON) -m venv var/lock && var/lock/bin/pip install -q uv
	var/lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		pyproject.toml -o requirements.lock
	var/lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		pyproject.toml --group dev -o requirements-dev.lock
	var/lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--group peer -o requirements-peer.lock
	var/lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--only-binary :all: pyproject.toml --group browsers -c requirements.lock -o requirements-browsers.lock

clean:           ## remove everything that was made here
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The test environment holds all that the demo needs, so an existing one serves both.
$(VENV)/.runtime: requirements.lock .ci/venv
	@sh .ci/venv $(PYTHON) $(VENV) requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock requirements.lock .ci/venv
	@sh .ci/venv $(PYTHON) $(VENV) requirements-dev.lock
	@touch $(VENV)/.runtime $@

$(PEER)/.ready: requirements-peer.lock .ci/venv
	@sh .ci/venv $(PYTHON) $(PEER) requirements-peer.lock || { \
		echo "Open edX's platform code (requirements-peer.lock) cannot be installed with this Python, and" \
		     "tests/peers need it. Try another: rm -rf $(PEER) && make peer PYTHON=python3.12" >&2; exit 1; }
	@touch $@

$(BROWSERS_VENV)/.ready: requirements-browsers.lock .ci/venv
	@sh .ci/venv $(PYTHON) $(BROWSERS_VENV) requirements-browsers.lock
	@touch $@
