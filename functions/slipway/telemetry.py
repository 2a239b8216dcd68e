"""Logger, metrics and tracer of every function, configured by the POWERTOOLS_* variables of `template.yaml`."""

from aws_lambda_powertools import Logger, Metrics, Tracer

logger = Logger()
"""JSON lines with the run's or deployment's identity as correlation id. Never give it a task token or a secret."""
metrics = Metrics()
tracer = Tracer()
