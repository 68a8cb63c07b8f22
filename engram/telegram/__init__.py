"""The Telegram front end: takes updates, and shows the events of each answer on screen.

It may import core, storage and chat; telebot, requests and backoff are imported here. Begin reading
with `bot`, which has each message answered in its turn. `intake` says which updates concern it,
`jobs` answers them, `screen` shows the answers, `unasked` says what nobody asked for, and `sending`
sends everything.
"""
