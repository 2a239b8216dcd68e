"""In-memory stand-ins for the ports. `tests/contract/` runs the same suites against them and against the real adapters."""
