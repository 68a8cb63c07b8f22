"""The Telegram front end: takes updates, and shows the events of each answer on screen.

It may import core, storage and chat; telebot, requests and backoff are imported here. Begin reading
with `bot`, which takes the updates. `jobs` answers them, `screen` shows the answers, and `sending`
sends everything.
"""
