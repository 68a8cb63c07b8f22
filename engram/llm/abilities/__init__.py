"""What models can do beside answering in words, and what they turned out not to take.

Begin reading with `lacking`, which remembers the latter.
"""
