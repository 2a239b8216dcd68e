#!/usr/bin/env bash
# The checks that need no running stack, two at a time. Every check runs, so that one call shows all there is to mend.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PWD/.slipway/bin:$PATH" PYTHONPATH=functions:.
failed=$(mktemp -d)
trap 'rm -r "$failed"' EXIT
check() {
  while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
  run "$@" &
}
run() {
  local name=$1 output; shift
  if output=$("$@" 2>&1); then echo "ok      $name"; else touch "$failed/$name"; printf 'FAILED  %s: %s\n%s\n' "$name" "$*" "$output"; fi
}
check "ruff format" ruff format --check . service
check "ruff" ruff check . service
check "ruff (gate)" bash -c 'cd service && ruff check --no-cache --ignore-noqa --config ../build/gate.toml .'
check "mypy" mypy
check "mypy (service)" bash -c 'cd service && mypy'
check "import-linter" lint-imports
check "bandit (product)" bandit -q -r functions build --skip B404
# The command line starts kubectl, without a shell.
check "bandit (command line)" bandit -q -r cli --skip B404,B603
# The twin starts processes, uses invented credentials and narrows types with asserts: that is its job, and nothing of it is deployed.
check "bandit (twin)" bandit -q -r twin scripts --skip B101,B105,B106,B404,B603,B606,B607
check "cfn-lint" cfn-lint template.yaml
check "cfn-lint (translated)" python -m scripts.lint_template cfn-lint
if [ -x .slipway/environments/checkov/bin/checkov ]; then
  check "checkov (translated)" python -m scripts.lint_template checkov
  check "checkov (terraform)" .slipway/environments/checkov/bin/checkov --config-file .checkov.yaml --framework terraform --directory terraform
else
  echo "skipped checkov: python3 scripts/setup.py checkov installs it"
fi
check "hadolint" hadolint service/Dockerfile
check "zizmor" zizmor --quiet --offline --no-progress .github/workflows
check "slipway.yaml" python -m slipway.adapters.configuration slipway.yaml
check "state machines" python scripts/lint_definitions.py
for environment in dev stage prod; do
  check "helm lint ($environment)" helm lint --strict helm/sample-app -f "helm/sample-app/values-$environment.yaml"
done
check "helm lint (environment)" helm lint --strict helm/environment --set environment=dev,namespace=sample-dev
check "helm lint (monitoring)" helm lint --strict monitoring
if missing=$(bash scripts/terraform.sh missing); then echo "skipped terraform: $missing"; else check "terraform" bash scripts/terraform.sh check; fi
wait
[ -z "$(ls "$failed")" ] || { echo "failed: $(ls -m "$failed")"; exit 1; }
