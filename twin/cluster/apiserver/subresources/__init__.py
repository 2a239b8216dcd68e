"""What hangs below an object's own path: `scale`, `binding` and `eviction` are writes in disguise, `logs` and `proxy` lead to nodes and pods,
`token` gives one out."""
