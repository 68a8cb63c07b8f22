"""Engram: a Telegram bot in front of your own language model that always answers."""

__version__ = "1.0.0"
