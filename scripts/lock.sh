#!/usr/bin/env bash
# Writes every lock file: exact versions with hashes, no index address. Pass -U to take newer versions.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { .venv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 "${@:3}" "$1" -o "$2"; }
compile functions/requirements.in functions/requirements.txt "$@"
compile service/requirements.in service/requirements.txt "$@"
compile requirements/dev.in requirements/dev.txt --constraints functions/requirements.txt --constraints service/requirements.txt "$@"
compile build/requirements.in build/requirements.txt --constraints requirements/dev.txt "$@"
compile requirements/runtime.in requirements/runtime.txt "$@"
compile requirements/sam.in requirements/sam.txt "$@"
compile requirements/checkov.in requirements/checkov.txt "$@"
compile requirements/helm.in requirements/helm.txt --no-deps "$@"
