"""Corrections of moto's Step Functions interpreter (`moto.stepfunctions.parser`), by subject.

`definitions` what CreateStateMachine refuses · `parsing` reading definitions · `starting` StartExecution · `status` when an
execution starts and ends · `errors` what no Catch takes · `tokens` tasks that wait for a token · `nesting` a state machine
started by another · `expressions` variables and JSONata · `clients` the calls that tasks make.
"""
