"""The adapter for platforms that serve docs/platform-contract.openapi.yaml."""
