"""What speaks to a billing system."""
