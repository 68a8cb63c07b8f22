"""Everything that a bot may import while it runs, for processes that are forked."""

import gc
import importlib
import pkgutil

import ccxt
import matplotlib.backends.backend_agg
import matplotlib.figure
import numpy
import talib

import engram

__all__ = ["ccxt", "matplotlib", "numpy", "talib"]

for module in pkgutil.walk_packages(engram.__path__, "engram."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
# What is there already takes no bot's time when it collects garbage.
gc.freeze()
