"""The chart's sizes and colours."""

from engram.market.outcomes import Signal

SIDE = 1080  # pixels
DPI = 150
POINT = DPI / 72 / SIDE  # of the picture's side
FONT = 11.0  # points; a phone shows a third of the size
LETTER = 0.64  # of the font's size: the width of a digit of DejaVu Sans
LEADER = 10.0  # points between the axis and its prices, for a line from a price to its tag
GROUND, TEXT, FAINT, GRID = "#131722", "#e6e8ee", "#9aa0ad", "#2a2e39"
UP, DOWN = "#26a69a", "#ef5350"
EMA20, EMA50, EMA200, BAND = "#f5c242", "#5aa9ff", "#ff8a3d", "#9d8df1"
FAN = "#b4bfd4"
MARKS = {Signal.BUY: ("^", UP), Signal.SELL: ("v", DOWN), Signal.HOLD: ("D", "#b0b7c6")}
