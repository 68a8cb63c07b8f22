"""Files that are no store, and what a bot makes of them."""

from engram.storage.store import Store

SECRETS = b"TELEGRAM_BOT_TOKEN=123:abc\n"


def contents(folder):
    """All files of a folder with what is in them; of what is no file the kind."""
    return {
        one.name: one.read_bytes() if one.is_file() else one.stat().st_mode
        for one in folder.iterdir()
    }


def works_in_memory(path, why, alone=True):
    """Whether a bot with this store starts, remembers for now, and says why not for ever."""
    store = Store(path, alone=alone)
    store.put("a", "1")
    works = store.get("a") == "1" and store.file is None
    (told,) = store.warnings
    store.close()
    return works and "nothing will be remembered" in told and why in told
