"""What looks after a running bot: logs, metrics, notices to the owner, the heartbeat, `--check`.

It may import every room above it in the table of docs/architecture.md; prometheus_client comes in
here, requests and telebot for `check` and `heartbeat`. Begin with `logs` and `check`.
"""
