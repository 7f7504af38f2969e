"""Decisions: plain functions over frozen values, without I/O. A decision is a value with its reason."""
