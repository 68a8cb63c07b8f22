"""Pictures and files that people send: which of them a message brings, and how to get them.

Begin reading with `reading`, which is pure; `download` gets a file from Telegram.
"""
