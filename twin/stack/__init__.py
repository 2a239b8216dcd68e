"""The supervisor: one command starts every part of a stack, keeps them together, and ends them together.

`guard` is the process that a person starts. It reserves what a stack must not share (`reservation`), starts the supervisor and kills whatever is left when
that one ends. `supervisor` starts the parts (`parts`) in their order, prepares the cluster and GitHub (`bootstrap`) and describes the result
(`description`, `environment`). `running` starts a whole stack for the demo and the tests.
"""
