"""The `slipway` command: what developers, approvers and operators type. It reaches the control plane as anybody outside of it does, and imports nothing of it.

`app` the commands · `status` `timeline` `rollback` `approval` `hold` `logs` `twin` what each of them does · `connections` what they talk to, built from the
environment · `api` the console's JSON API, requests signed · `answers` what it answers, parsed · `workflows` Step Functions · `aws` credentials, region and
AWS's errors · `terminal` what reaches the screen · `failures` what ends a command · `reference` docs/cli.md · `dev_cli` the commands of scripts/dev-cli.py.
"""
