"""What people have armed, the digests that they want, and the signals that they were shown.

Times of candles are when they open, in milliseconds since the epoch, by the exchange's clock; all
others are seconds since the epoch. Each change of state is made only where the row is still in the
state before it, so that two processes that do the same do it once. Begin reading with `tables`.
"""
