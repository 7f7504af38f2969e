"""Wiring: configuration, clients, and the steps that put domain, store and connectors together."""
