"""Single exchanges: what they list and send. Begin reading in `exchange`."""
