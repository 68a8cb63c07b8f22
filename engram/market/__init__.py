"""From an exchange's candles to indicators, a signal, the panel and the chart.

It may import core and the settings. ccxt, numpy, TA-Lib, matplotlib and Pillow come in here, each
imported where it is first needed. Begin reading in `analyst`, which takes all the steps for one
question, or in `feed`, by which markets are watched.
"""
