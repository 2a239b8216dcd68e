"""Defects of libraries that the twin stands on, corrected in one place.

Each correction is a small named function in a room by service (`stepfunctions/`, `dynamodb/`, `sts/` ...). It names the
version it was seen in and what was seen, and has a test under `tests/contract/` that fails when it is switched off. So a
correction can go as soon as the library is mended. `catalogue` lists them all; the product never works around the twin.
"""
