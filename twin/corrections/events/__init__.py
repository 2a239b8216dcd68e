"""Corrections of moto's EventBridge: `rules`."""
