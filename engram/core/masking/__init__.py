"""Keeps secrets out of everything that is printed, logged, sent or kept.

Begin reading with `masking`.
"""
