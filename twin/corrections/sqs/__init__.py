"""Corrections of moto's SQS: `queues`."""
