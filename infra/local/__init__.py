"""The deployed stack and the vendor sandbox, on one machine."""
