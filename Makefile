# Everything a fresh machine needs: `make demo` runs the main job, `make test` passes the tests.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PLUGINS := $(wildcard plugins/procflow-*)
WORKERS ?= 2

.PHONY: image-steps lock install-locked sbom golden schemathesis pictures servers faults torture demo test lint bench mutation mutation-procedures mutation-core mutation-sample test-all install clean

install: $(STAMP)

# In the versions that stand in the lock: what a library brings out today must not decide whether a commit of yesterday
# passes. `make lock` takes the newest, and the tests then say whether they will do.
$(STAMP): pyproject.toml requirements.lock $(wildcard plugins/*/pyproject.toml)
	@start=$$(date +%s); \
	test -x /usr/bin/strace -a -x /usr/sbin/dovecot -a -x /usr/sbin/postfix -a -x /usr/bin/chromium-headless-shell || $(MAKE) --no-print-directory servers || exit 1; \
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || exit 1; \
	sed -nE 's/^([A-Za-z0-9._-]+==[^ ]+( ; .*)?) \\$$/\1/p' requirements.lock > $(VENV)/versions.txt || exit 1; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(VENV)/versions.txt -e '.[test,lint]' $(addprefix -e ,$(PLUGINS)) || exit 1; \
	touch $(STAMP); echo "install: $$(( $$(date +%s) - start )) s"

# What the tests start themselves, on ports of their own: none of it may begin to serve by being installed.
servers:
	@stop=/usr/sbin/policy-rc.d; test -e $$stop || { printf '#!/bin/sh\nexit 101\n' > $$stop && chmod +x $$stop && made=$$stop; }; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	  strace dovecot-imapd postfix chromium-headless-shell; ended=$$?; test -z "$$made" || rm -f "$$made"; exit $$ended

demo: export PYTHONDONTWRITEBYTECODE :=
demo: $(STAMP)
	@start=$$(date +%s); $(BIN)/procflow demo || exit 1; echo "demo: $$(( $$(date +%s) - start )) s"

# What Python compiled stands beside the sources, as it does wherever procflow is installed, though a machine may say
# otherwise for all it starts: the tests start Python some hundred times. How they are dealt: tests/spread/units.py.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(STAMP)
	@start=$$(date +%s); $(BIN)/pytest -n $(WORKERS) tests plugins procedures || exit 1; \
	echo "test: $$(( $$(date +%s) - start )) s"

lint: $(STAMP)
	@start=$$(date +%s); $(BIN)/python -m security & looks=$$!; \
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports; ended=$$?; \
	wait $$looks && test $$ended = 0 || exit 1; \
	echo "lint: $$(( $$(date +%s) - start )) s"

# What is installed, each file by its hash: all that tests and checks want, and what an installed desk wants. The build
# backend stands in both, so that nothing has to be fetched besides. Anew after a change of pyproject.toml, and monthly.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links --upgrade pyproject.toml security/build.in
lock: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[lock]'
	$(LOCK) --extra test --extra lint --extra mail --output-file requirements.lock
	$(LOCK) --extra web --extra oidc --extra postgres --extra mail --extra otel --extra print --extra smpp \
	  --output-file requirements-serve.lock

# As `install`, and nothing but the files whose hashes stand in the lock.
install-locked:
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . $(addprefix -e ,$(PLUGINS))
	touch $(STAMP)

# The steps of the Dockerfile, and what its image runs, in an empty folder: no container engine is needed.
image-steps: $(STAMP)
	$(BIN)/python contrib/container/try_it.py

# What an installed desk consists of, as CycloneDX: build/procflow.cdx.json.
sbom: $(STAMP)
	mkdir -p build
	$(BIN)/cyclonedx-py requirements requirements-serve.lock --pyproject pyproject.toml --mc-type application \
	  --output-reproducible --validate --of JSON -o build/procflow.cdx.json

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m benchmarks --write

# The pictures of the desk that README and pages show, taken anew.
pictures: $(STAMP)
	$(BIN)/python docs/make_pictures.py

# The API asked far more than the tests ask it: some 20,000 requests.
schemathesis: $(STAMP)
	SCHEMATHESIS_EXAMPLES=200 SCHEMATHESIS_LEAST=10000 $(BIN)/pytest -n 0 -q -rP tests/api/test_schemathesis.py

# How good the rehearsals and the tests are: every small fault in every procedure, and in the code itself; in CI
# always the same few of them. What is not noticed stands in build/mutation-core.txt.
mutation: mutation-procedures mutation-core

mutation-procedures: $(STAMP)
	@start=$$(date +%s); $(BIN)/procflow test --mutate --least 95 || exit 1; echo "mutation-procedures: $$(( $$(date +%s) - start )) s"

mutation-core: $(STAMP)
	@start=$$(date +%s); $(BIN)/python -m mutation --jobs $(WORKERS) || exit 1; echo "mutation-core: $$(( $$(date +%s) - start )) s"

mutation-sample: $(STAMP)
	@start=$$(date +%s); $(BIN)/procflow test --mutate --sample 60 --seed 1 --least 90 || exit 1; \
	$(BIN)/python -m mutation --plain --sample 27 --seed 1 --most 3 --least 60 --jobs $(WORKERS) || exit 1; \
	echo "mutation-sample: $$(( $$(date +%s) - start )) s"

# Faults on purpose, at the figures of every change; `torture` takes those of a release, which need hours. As many at a
# time as there are cores and no more: an input's bound of processor time is soon used up where three share two caches.
faults: export PYTHONDONTWRITEBYTECODE :=
faults: $(STAMP)
	@start=$$(date +%s); $(BIN)/python -m faults --beside $(WORKERS) || exit 1; echo "faults: $$(( $$(date +%s) - start )) s"

torture: $(STAMP)
	@start=$$(date +%s); $(BIN)/python -m faults --release || exit 1; echo "torture: $$(( $$(date +%s) - start )) s"

# What later versions must be able to read of this one; once, when it is released, after the version was set.
golden: $(STAMP)
	$(BIN)/python tests/golden/make_golden.py

# The three Pythons that procflow supports; each needs a `python3.N` on the path or under pyenv.
test-all:
	@for v in 3.11 3.12 3.13; do \
	  py=$$(command -v python$$v || ls -d $$HOME/.pyenv/versions/$$v.*/bin/python 2>/dev/null | tail -1); \
	  test -n "$$py" || { echo "python $$v is missing"; exit 1; }; \
	  $(MAKE) test VENV=.venv-$$v PYTHON=$$py || exit 1; \
	done

clean:
	rm -rf $(VENV) .venv-* build dist
