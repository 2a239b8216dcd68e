"""The deployed service. `python -m sample_app` serves it; Slipway builds, watches and smoke-tests it from outside.

settings → application (identity, items, health, metrics; problems are its errors) → server.
It knows Kubernetes only by convention: probes, SIGTERM, logs on stdout.
"""
