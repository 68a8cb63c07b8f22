"""What tells people without being asked: alerts, watched markets, the digest, the ledger.

It may import core, storage and market. Begin reading with `conditions`, which says what an alert
can wait for; `grammar` is how people write it, `arming` keeps it, and `rounds` looks.
"""
