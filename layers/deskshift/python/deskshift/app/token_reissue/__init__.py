"""The steps of a reissue of OAuth tokens: wiring between its decisions, the store, the issuer and people."""
