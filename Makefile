# `make demo` runs the main job on the laptop twin, `make test` passes the tests, `make up` leaves the stack running.
# Each installs what it needs itself; see scripts/setup.py.
export PYTHONPATH := functions:.
unexport PYTHONDONTWRITEBYTECODE VIRTUAL_ENV
PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup demo up bootstrap test test-cluster lint bench screenshots lock build-zip

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

setup: ## install everything into .venv and .slipway
	@python3 scripts/setup.py

demo: setup ## a release from push to prod and back on the twin (FAULT=prod-unreachable: see it fail)
	@$(PYTHON) -m twin.demo $(if $(FAULT),--fault '$(FAULT)')

up: setup ## start the stack and leave it running
	@$(PYTHON) -m twin up

bootstrap: setup ## prepare a cluster, as its administrator: make bootstrap CLUSTER=NAME (KUBECONFIG=FILE VALUES=FILE ONLY=environments; docs/environments.md)
	@test -n "$(CLUSTER)" || { echo 'say which cluster of slipway.yaml: make bootstrap CLUSTER=NAME'; exit 2; }
	@$(PYTHON) -m scripts.bootstrap '$(CLUSTER)' $(if $(KUBECONFIG),--kubeconfig '$(KUBECONFIG)') $(if $(VALUES),--values '$(VALUES)') $(if $(ONLY),--only '$(ONLY)')

lint: ## format, lint, types, layers, templates, charts
	@python3 scripts/setup.py dev functions gate checkov
	@bash scripts/lint.sh

test: ## every check and every test
	@python3 scripts/setup.py dev functions gate checkov sam promtool
	@bash scripts/lint.sh
	@$(PYTHON) -m pytest -n 2 --dist loadgroup
	@$(PYTHON) -m scripts.handlers_on_lambdas_python

test-cluster: ## the Kubernetes contract against any cluster: make test-cluster KUBECONFIG=FILE (an administrator's; it makes and deletes namespaces)
	@test -n "$(KUBECONFIG)" || { echo 'say which cluster: make test-cluster KUBECONFIG=FILE'; exit 2; }
	@python3 scripts/setup.py dev
	@SLIPWAY_KUBECONFIG="$(realpath $(KUBECONFIG))" $(PYTHON) -m pytest tests/contract/kubernetes

bench: setup ## how long a release takes, how much of it is Slipway, and what the twin and the service's metrics and logs cost
	@$(PYTHON) -m bench.releases
	@$(PYTHON) -m bench.stack
	@PYTHONPATH=$(PYTHONPATH):service $(PYTHON) -m bench.service

screenshots: setup ## take the pictures of the documentation anew (needs Debian's Chromium)
	@$(PYTHON) -m scripts.screenshots

lock: setup ## write the lock files anew (UPGRADE=-U for newer versions)
	@bash scripts/lock.sh $(UPGRADE)

build-zip: setup ## upload gate and buildspec for CodeBuild to the deployed stack's bucket
	@$(PYTHON) -m scripts.build_zip
