"""API Gateway's HTTP API on a port of its own: `routes` from the OpenAPI body, `payload` events and answers in format 2.0, `server` what a request gets."""
