"""The world outside: AWS, Kubernetes, Helm and `slipway.yaml`, behind the Protocols of `ports`."""
