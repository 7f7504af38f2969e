"""deskshift's command line: a move on the local stack, and an operator's commands for a deployed one."""
