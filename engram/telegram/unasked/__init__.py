"""What the bot says without being asked, or to people who may not ask.

This is part of the Telegram front end and may import what that may. Begin reading with `delivery`,
which sends what the outbox has.
"""
