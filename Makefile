.DEFAULT_GOAL := help
.PHONY: help up down test lint bench lock

BIN := .venv/bin
ROWS ?= 100000

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

up: ## Start the hub; DETACH=1 returns once it is ready, HUB_PORT=... moves it
	@bin/bootstrap
	@exec $(BIN)/python -m memoryhub.embedded.supervisor up $(if $(DETACH),--detach)

down: ## Stop the hub
	@test -x $(BIN)/python || { echo "There is no .venv: run make up first."; exit 1; }
	@exec $(BIN)/python -m memoryhub.embedded.supervisor down

test: ## Run all tests on real services
	@bin/bootstrap
	@exec $(BIN)/pytest

# As in production, with secrets made on the spot and no service behind the addresses.
lint: export HUB_STATE_DIR = .lint
lint: export SECRET_KEY = $(call random)
lint: export JWT_SIGNING_KEY = $(call random)
lint: export AUDIT_SIGNING_KEY = $(shell head -c 32 /dev/urandom | base64)
lint: export ALLOWED_HOSTS = hub.example.com
lint: export DATABASE_URL = postgres://x:x@127.0.0.1:1/x
lint: export REDIS_URL = redis://127.0.0.1:1/0
lint: export SNOWFLAKE_ACCOUNT = x
lint: export SNOWFLAKE_USER = x
lint: export SNOWFLAKE_PASSWORD = x
lint: ## Check style, types, imports, migrations and the production settings
	@bin/bootstrap
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --deploy --fail-level WARNING

random = $(shell head -c 48 /dev/urandom | base64 | tr -d '\n')

bench: ## Measure store, flush, search and its quality; ROWS=1000000 for the large run
	@bin/bootstrap
	$(BIN)/python -m benchmarks $(ROWS)
	$(BIN)/python -m benchmarks.hostile
	$(BIN)/python -m benchmarks.quality

PIN := --quiet --strip-extras --annotation-style=line \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

lock: ## Pin what requirements.in and requirements-dev.in ask for
	@bin/bootstrap
	$(BIN)/pip-compile $(PIN) -o requirements.txt requirements.in
	$(BIN)/pip-compile $(PIN) -o requirements-dev.txt requirements-dev.in
