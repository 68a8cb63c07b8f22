"""What looks after a running bot: logs, metrics, notices to the owner, the heartbeat, `--check`.

It may import every other room. prometheus_client is imported here alone, requests for `check` and
`heartbeat`, telebot for `check`. Begin reading with `logs` and `check`.
"""
