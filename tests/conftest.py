"""For all tests: AWS's descriptions of its services are read once in a process, not anew for every account that a test makes."""

from twin.corrections.imports import share_one_loader

share_one_loader()
