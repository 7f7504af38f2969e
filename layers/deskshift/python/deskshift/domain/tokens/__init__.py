"""The decisions of a reissue of OAuth tokens: plain functions over frozen values, no I/O (Z-12, Z-17 to Z-19)."""
