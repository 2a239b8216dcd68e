#!/usr/bin/env bash
# Terraform with what it needs filled in: the state of an environment's cluster, its variables, and a provider from a mirror where there is one.
#
#   scripts/terraform.sh check                         format and validity, without an account
#   scripts/terraform.sh test                          the module's own tests, without an account
#   scripts/terraform.sh prod plan [ARGUMENT ...]      any command for an environment; SLIPWAY_STATE_BUCKET names the bucket of terraform/state
#   scripts/terraform.sh missing                       prints why the above can't run here, and ends with 0; ends with 1 when it can
#
# SLIPWAY_TF_PLUGIN_DIR: a directory with registry.terraform.io/hashicorp/aws/ in it, if the registry can't be reached.
set -euo pipefail
cd "$(dirname "$0")/.."
# A file of settings that isn't there is a warning in every answer.
[ -e "${TF_CLI_CONFIG_FILE:-/}" ] || unset TF_CLI_CONFIG_FILE
export TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1

plugin_dir() {
  local folder
  for folder in "${SLIPWAY_TF_PLUGIN_DIR:-}" ~/.terraform.d/plugins /opt/* /usr/share/* /usr/local/share/*; do
    if [ -n "$folder" ] && [ -d "$folder/registry.terraform.io/hashicorp/aws" ]; then echo "$folder"; return; fi
  done
}

init() { # FOLDER [ARGUMENT ...]
  local folder=$1 mirror; shift
  mirror=$(plugin_dir)
  terraform -chdir="$folder" init -input=false ${mirror:+"-plugin-dir=$mirror"} "$@" >/dev/null
}

# Checks need no state: they work beside the folder in which somebody runs plans.
without_state() {
  TF_DATA_DIR=$(mktemp -d); export TF_DATA_DIR
  trap 'rm -rf "$TF_DATA_DIR"' EXIT
}

case ${1:-} in
  missing)
    command -v terraform >/dev/null || { echo "terraform isn't on PATH"; exit 0; }
    [ -n "$(plugin_dir)" ] && exit 1
    curl --silent --fail --max-time 5 --output /dev/null https://registry.terraform.io/.well-known/terraform.json && exit 1
    echo "no AWS provider: SLIPWAY_TF_PLUGIN_DIR names no mirror of it, and Terraform's registry can't be reached"
    ;;
  check)
    terraform fmt -check -diff -recursive terraform
    without_state
    init terraform -backend=false -lockfile=readonly
    # The second one wants the same provider, which is in place by now.
    for folder in terraform terraform/state; do terraform -chdir="$folder" validate; done
    ;;
  test)
    without_state
    init terraform -backend=false -lockfile=readonly
    terraform -chdir=terraform test
    ;;
  "" | -*)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 2
    ;;
  *)
    environment=$1; shift
    variables=environments/$environment.tfvars
    [ -f "terraform/$variables" ] || { echo "there is no terraform/$variables" >&2; exit 2; }
    [ $# -gt 0 ] || { echo "say what to do, such as: $0 $environment plan" >&2; exit 2; }
    : "${SLIPWAY_STATE_BUCKET:?name the bucket that terraform/state has made}"
    cluster=$(.venv/bin/python -c 'import sys, yaml; print(yaml.safe_load(open("slipway.yaml"))["environments"][sys.argv[1]]["cluster"])' "$environment")
    # A folder for each cluster: plans for two of them don't take each other's state.
    export TF_DATA_DIR=$PWD/.slipway/terraform/$cluster
    mkdir -p "$TF_DATA_DIR"
    state=("bucket=$SLIPWAY_STATE_BUCKET" "region=${SLIPWAY_STATE_REGION:-us-east-1}" "key=slipway/$cluster.tfstate")
    init terraform -reconfigure "${state[@]/#/-backend-config=}"
    command=$1; shift
    case $command in
      plan | apply | destroy | refresh | import | console) exec terraform -chdir=terraform "$command" -var-file="$variables" "$@" ;;
      *) exec terraform -chdir=terraform "$command" "$@" ;;
    esac
    ;;
esac
