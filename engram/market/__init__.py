"""From an exchange's candles to indicators, a signal, the panel and the chart.

It may import core and the settings; ccxt, numpy, TA-Lib, matplotlib and Pillow come in here, each
where it is first used. Begin with `analyst`, which takes all the steps for one question.
"""
