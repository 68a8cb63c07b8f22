"""The Telegram front end: updates become questions, and the events of answers what is on screen.

It may import core, storage and chat; telebot, telegramify-markdown, requests and backoff come in
here. Begin with `bot`, which takes each update; `jobs` answers it, `screen` shows the answer, and
`egress` sends all that is sent.
"""
