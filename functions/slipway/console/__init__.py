"""The console, a Lambda of its own (`slipway-console`) behind API Gateway: approval pages for people, JSON for the command line.

`app` puts it together and is the entry point · `pages` the approval pages · `signing_in` at GitHub · `api` the JSON API
· `failures` what people get when something goes wrong · `deciding` what pages and API share · `caller` who signed a request
· `bodies` what a request carries · `rendering` templates and every answer's headers

Route handlers are `async` and call the steps directly: a Lambda serves one request at a time, and the tracer follows only the thread that it knows.
"""
