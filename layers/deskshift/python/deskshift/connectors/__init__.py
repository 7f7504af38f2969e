"""Everything that speaks to a platform."""
