"""The arithmetic and the decisions of a billing merge: plain functions over frozen values, no I/O (Z-21 to Z-29)."""
