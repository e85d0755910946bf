# Kneewise: `make run` serves it, `make test` tests it, `make help` lists the rest.
# Everything is made in this folder; scripts/setup.sh does nothing where nothing changed.

.DEFAULT_GOAL := help
.SUFFIXES:

PYTHON := .venv/bin/python
READY := sh scripts/setup.sh runtime build train
DEV := sh scripts/setup.sh dev
LINT := $(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(PYTHON) -m mypy

# Rasa reports usage over the network unless told not to.
export RASA_TELEMETRY_ENABLED := false

.PHONY: help run shell test train check lint rasa-test transcripts journey simulate screenshots bench bench-understanding \
	bench-channels chaos soak thresholds encoders report setup lock clean

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Serve the chat page, the widget and REST on 127.0.0.1, at PORT (default 5005)
	@$(READY)
	@exec $(PYTHON) -m kneewise serve

shell: ## Talk to it in the terminal
	@$(READY)
	@exec $(PYTHON) -m kneewise shell

test: ## Set up and run every check and test
	@$(DEV) build train
	$(LINT)
	$(PYTHON) -m kneewise check
	$(PYTHON) -m rasa data validate --domain domain.yml --data data
	$(PYTHON) -m kneewise rasa-test
	KNEEWISE_FAKES_PYTHON="$$(sh scripts/fakes.sh)" \
		KNEEWISE_CHECKS_PYTHON="$$(sh scripts/checks.sh)" $(PYTHON) -m pytest

train: ## Train the model, if what it is made of changed
	@$(READY)

check: ## Check the knowledge files against their schemas
	@sh scripts/setup.sh runtime
	@$(PYTHON) -m kneewise check

lint: ## Check style and types
	@$(DEV)
	$(LINT)

rasa-test: ## Run Rasa's own test of the predictions
	@$(DEV) build train
	@$(PYTHON) -m kneewise rasa-test

transcripts: ## Hold the conversations of the README and docs anew
	@$(READY)
	@$(PYTHON) -m kneewise transcripts

journey: ## Hold the eight weeks of docs/journey.md anew, with their pictures
	@$(READY)
	@$(PYTHON) -m kneewise journey

simulate: ## Let made-up runners follow the coach for eight weeks
	@$(DEV)
	@$(PYTHON) -m benchmarks.coach_simulation

screenshots: ## Take the pictures of the widget in docs/ anew, and measure it
	@$(DEV) build train
	@$(PYTHON) -m pytest --quiet --no-header --capture=no tests/browser/write_docs.py

bench: ## Measure speed, size and growth of the server against stock Rasa (QUICK=1: in minutes)
	@$(DEV) build train
	@$(PYTHON) -m benchmarks.serving $(if $(QUICK),--quick) $(if $(KEEP),--keep) \
		$(if $(PRICE),--price $(PRICE)) $(if $(EPOCHS),--epochs $(EPOCHS))

bench-understanding: ## Measure understanding against stock Rasa (BENCH_DATA=folder: public sets too)
	@$(DEV) build train
	@$(PYTHON) -m benchmarks.understanding $(if $(SETS),--sets $(SETS)) $(if $(KEEP),--keep)

bench-channels: ## Put our Telegram and Slack channels beside Rasa's own, fault by fault
	@$(DEV) build train
	@$(PYTHON) -m benchmarks.channels_telegram
	@$(PYTHON) -m benchmarks.channels_slack

chaos: ## Kill, stop and flood a whole fleet; nothing may be lost or doubled (CASE=name: one case)
	@$(DEV) build train
	@KNEEWISE_CHECKS_PYTHON="$$(sh scripts/checks.sh)" $(PYTHON) -m benchmarks.chaos $(CASE)

soak: ## Talk to a fleet for 30 minutes at half of what it can do (MINUTES=5: shorter)
	@$(DEV) build train
	@$(PYTHON) -m benchmarks.chaos soak $(MINUTES)

thresholds: ## Choose the thresholds from left-out examples, and draw docs/thresholds.png
	@$(DEV) build
	@$(PYTHON) -m benchmarks.thresholds

encoders: ## Compare 8-bit with 32-bit weights of the sentence encoder
	@$(DEV) build
	@$(PYTHON) -m benchmarks.encoders

report: ## Write results/understanding.html: what is understood, and every error
	@$(DEV) build train
	@$(PYTHON) -m benchmarks.report

setup: ## Make the environment with everything for development
	@$(DEV) build

lock: ## Recompile the hash-locked requirements (UPGRADE=1 takes newer versions)
	@sh scripts/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## Remove all that was made here: environment, tools, models, caches
	rm -rf .venv .tools models assets/encoder assets/spacy_en assets/drawings results
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache .rasa/cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
