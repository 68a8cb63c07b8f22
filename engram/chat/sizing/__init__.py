"""/size: how much of a market to trade, so that the stop costs no more than what is to be risked.

Begin reading in `command`; `request` is what a person writes, `position` the arithmetic, line by
line.
"""
