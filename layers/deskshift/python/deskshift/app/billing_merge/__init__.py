"""The steps of a billing merge: wiring between its decisions, the store and the billing system."""
