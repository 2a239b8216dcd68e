"""Corrections of moto's HTTP server: `dispatch`."""
