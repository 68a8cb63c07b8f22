"""Arming alerts and watched markets, listing them, and taking them back.

Begin reading with `desk`, which has it all together. `start` says from which price and candle on
something is waited for.
"""
