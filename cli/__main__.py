"""`python -m cli`: the `slipway` command without an installation."""

from cli.app import main

main()
