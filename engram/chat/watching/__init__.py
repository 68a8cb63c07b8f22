"""Alerts and watched markets in a conversation: what is armed, listed and taken back.

`alert` arms, by a command or a plain sentence; `armed` lists it and ends it, `watch` does both for
watched markets. `rights` says who may end what, and `place` under whose name something is armed.
"""
