"""Candles from all configured exchanges: where a market is found. Begin with `candle_source`."""
