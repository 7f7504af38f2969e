"""Versioned policy data; a file once used by a move is never changed, a change is a file with the next version."""
