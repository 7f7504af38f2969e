"""The issuer of a HubSpot account's OAuth tokens."""
