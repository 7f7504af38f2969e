"""The issuers of a Zendesk account's OAuth tokens: Zendesk Support's and Zendesk Chat's."""
