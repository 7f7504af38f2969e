"""Checks of infra/ that no ready-made linter does alone."""
