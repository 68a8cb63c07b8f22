"""Everything that goes to Telegram: the Bot API, its limits and pauses, refusals and lost replies.

This is part of the Telegram front end and may import what that may. Begin reading with `egress`,
by which all is sent.
"""
