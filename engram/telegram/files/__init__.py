"""Pictures and files that people send, and how to get them.

Begin reading with `download`, which gets a file from Telegram.
"""
