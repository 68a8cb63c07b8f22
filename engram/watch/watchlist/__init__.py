"""The watchlist: prices (`quotes`), the table as it is read (`table`), and both put together."""
