# Two commands do everything: `make demo` and `make test`. All set-up is theirs; what is slow to build is cached
# below $HOLDFAST_CACHE (default ~/.cache/holdfast) by content.
SHELL := /bin/bash
HOLDFAST_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/holdfast
export HOLDFAST_CACHE
VENV := $(HOLDFAST_CACHE)/venv-$(shell { python3 --version; cat requirements-dev.txt; } | sha256sum | cut -c1-12)
export PATH := $(VENV)/bin:$(PATH)
LAB := python3 -m lab

.PHONY: help demo demo-down test lint units sanity collection efs compiled cluster orchestrators scenarios bench \
    bench-data bench-publish bench-fleet bench-catalogue bench-tools lab-up lab-down lab-ssh prepare clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 17

demo: prepare ## boot a fleet, converge it, prove that its data survives, show the certificate
	@$(LAB) demo

demo-down: lab-down ## put the demo's fleet away

# MINUTES=80 begins no scenario that would not end in that time, and says so: docs/testing.md.
test: $(VENV)/complete ## everything that is tested, but for orchestrators (make cluster orchestrators)
	@python tests/run.py $(if $(MINUTES),--minutes $(MINUTES)) lint units sanity collection efs compiled scenarios

lint units sanity collection efs compiled cluster orchestrators scenarios: $(VENV)/complete ## a part of the tests
	@python tests/run.py $@

# Further words, such as --profile or --results FILE, go into ARGS: docs/benchmarks.md.
bench: prepare ## what a run costs, beside loops and a script: make bench SIZES="10 50" REPEATS=3 LIMIT=1800
	@python -m benchmarks.converge $(if $(SIZES),--sizes $(SIZES)) $(if $(REPEATS),--repeats $(REPEATS)) \
	    $(if $(LIMIT),--limit $(LIMIT)) $(ARGS)

bench-data: prepare ## exports, boot, NFS options, containers: make bench-data PARTS="exports boot"
	@python -m benchmarks.data_path $(if $(PARTS),--parts $(PARTS)) $(if $(REPEATS),--repeats $(REPEATS)) $(ARGS)

bench-tools: $(VENV)/complete
	@python -m pip install -q --disable-pip-version-check -r benchmarks/requirements.txt

bench-publish: bench-tools ## put results into the documentation: make bench-publish RESULTS=FILE
	@python -m benchmarks.publish $(RESULTS)
	@python -m benchmarks.plot $(RESULTS)

bench-fleet: bench-tools ## what a run costs the controller, by the number of hosts (HOSTS="10 100 300")
	@python -m benchmarks.fleet --hosts $(or $(HOSTS),10 100 300) $(if $(REPEATS),--repeats $(REPEATS))

bench-catalogue: bench-tools ## measure catalogues of up to 10,000 volumes, for docs/scale.md
	@python -m benchmarks.catalogue docs/benchmarks

lab-up: prepare ## start the fleet for people (STATE=bare|booted|ready|converged)
	@$(LAB) up --state $(or $(STATE),booted)

lab-ssh: ## log in: make lab-ssh HOST=app1
	@$(LAB) ssh $(or $(HOST),nfs1)

lab-down: ## end every fleet and remove what it left
	@$(LAB) clean

prepare: $(VENV)/complete ## install programs and build the images
	@$(LAB) prepare

# No prerequisite: the name holds the content of requirements-dev.txt, and a fresh clone is newer than any cache.
$(VENV)/complete:
	@python3 -m lab venv $(VENV) requirements-dev.txt

clean: lab-down ## remove the whole cache
	rm -rf "$(HOLDFAST_CACHE)"
