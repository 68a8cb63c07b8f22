"""Backups of the store: `backup` writes them, `restore` puts them back, `copying` is what both do.

Begin reading with `copying`.
"""
