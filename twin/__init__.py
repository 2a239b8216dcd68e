"""The laptop twin of the cloud: what AWS, EKS and GitHub do for Slipway, done by local processes.

It is provisioned from `template.yaml`, the state machine definitions, the charts and `slipway.yaml`, and it imports nothing of `slipway`: the two meet
at AWS and Kubernetes APIs, files and environment variables. `python -m twin up` starts a stack (`twin.stack`), `python -m twin.demo` runs the main job on one.
"""
