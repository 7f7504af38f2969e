"""What deskshift needs of whoever issues an account's OAuth tokens."""
