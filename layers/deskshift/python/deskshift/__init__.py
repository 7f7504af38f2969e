"""deskshift: moves an account from a legacy chat, inbox or service desk to one unified help desk."""
