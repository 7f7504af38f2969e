"""The steps of the channel-move machine, and what operators, webhooks and the schedule do to a move."""
