"""The vendor sandbox: a process that serves the platform contract over HTTP, seeded from an account export.

It shares no code with deskshift; what the two agree on is docs/platform-contract.openapi.yaml. The client in
:mod:`infra.local.sandbox.client` starts it and drives its control plane.
"""
