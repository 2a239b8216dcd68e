"""Corrections of moto's Step Functions interpreter (`moto.stepfunctions.parser`), by subject.

`status` when an execution starts and ends · `starting` StartExecution · `tokens` tasks that wait for a token · `nesting`
a state machine started by another · `expressions` variables and JSONata · `clients` the calls that tasks make · `history`
what can be read afterwards.
"""
