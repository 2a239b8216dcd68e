"""Corrections of moto's STS: `presigned`."""
