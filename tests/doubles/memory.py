"""A store of texts that ends with its test."""


class Memory(dict[str, str]):
    """What keeps the lists of markets."""

    def put(self, key: str, value: str) -> None:
        """Keep `value`."""
        self[key] = value
