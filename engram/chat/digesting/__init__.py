"""/digest, /timezone and /watchlist, and what a model says below a digest.

Begin reading with `command`. When a digest is made, and of what, is in `watch/digest/`.
"""
