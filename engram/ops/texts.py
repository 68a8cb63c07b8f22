"""What Engram says to its owner, about the bot; pure."""

HOW_TO_START = (
    "No TELEGRAM_BOT_TOKEN: start this in a terminal with --setup, which asks for all that the bot "
    "needs; or send /newbot to @BotFather in Telegram and put the token it gives you into .env."
)
CHAT_INSTEAD = (
    "No TELEGRAM_BOT_TOKEN, so this is the chat in the terminal. For the bot leave it, and start "
    "again with --setup, which asks for all that the bot needs."
)
NOT_INSTALLED = (
    "A package that Engram needs cannot be loaded ({reason}): run the first command of README.md "
    'again, or "python -m pip install --force-reinstall -e ." with the Python that starts Engram.'
)
EDIT_REFUSED = "⚙️ {file} has mistakes, so nothing changes: {what}"
EDIT_IN_EFFECT = "⚙️ {file}: {what}: in effect from the next question on"
EDIT_NEEDS_RESTART = "⚙️ {file}: {what}: needs a restart"
SHUT = (
    "⚙️ Nobody may speak to the bot any more: name a chat in TELEGRAM_CHAT_ID (.env) or in "
    "[telegram] allowed_chat_ids, or start the bot again for a link that makes a chat its owner"
)
MOVED = (
    "👥 The group {old} became a supergroup, and its id is {new} now. All that I keep for it moved "
    "along. Put the new id in place of the old one (TELEGRAM_CHAT_ID in .env, allowed_chat_ids in "
    "config.ini), so that it is let in even without my database."
)
STORE_TROUBLE = "⚠️ {trouble}"
# In place of a name, where several are asked.
ALL_SERVERS = "Every model server"
SERVER_DOWN = (
    "🔴 {server} has been unreachable for more than a minute. Everybody gets rule-based answers "
    "until it is back; /status shows its status."
)
SERVER_BACK = "🟢 {server} is back."
# Nobody need have asked yet.
SERVER_FAILING = (
    "⚠️ Everybody gets rule-based answers, because no model answers though its server can be "
    "reached: {problem}"
)
SERVER_ANSWERS = "🟢 The model answers again."
MANY_FALLBACKS = (
    "⚠️ More than half of the answers of the last hour were not the model's; the log says why."
)
FEW_FALLBACKS = "✅ Most answers are the model's again."
DISK_FULL = (
    "⚠️ The disk is nearly full: less than 200 MB are left. When it is full, messages are "
    "still answered, but not remembered."
)
DISK_FREE = "✅ There is room on the disk again."

# What `--check --quick` says. A bot whose store is in memory is not found either.
NOT_RUNNING = (
    "❌ No bot works with {file}: it does not run, or its log says why it cannot use that file"
)
NOT_HEARD = "❌ The bot has not heard from Telegram yet; its log says what keeps it from it"
HEARD_LONG_AGO = (
    "❌ The bot heard from Telegram last at {when}, and not within the last two minutes; its log "
    "says what keeps it from it"
)
HEARD = "✅ The bot heard from Telegram {age} ago"

# What is armed, at the start of the bot and in --check.
ARMED = "🔔 Watching: {count}"
NOTHING = "nothing is armed"
LEFT_OUT = (
    "⚠️  Watching: {count} on {exchange} cannot be looked at, because [market] exchange in "
    "config.ini does not name it"
)

# What the terminal chat lacks, at its start.
SERVER_MISSING = "⚠️  {title} at {url}: {problem} (to change: [{section}] in config.ini)"
MARKET_MISSING = "⚠️  {problem} (to change: [market] in config.ini)"

# What --backup and --restore say.
BACKED_UP = "✅ Backup: {file}, {size}, as of {at}"
RESTORED = "✅ Restored: {file} is as it was at {at}, {age} ago"
CONTENT = (
    "   questions with their answers: {turns}; armed alerts: {alerts}; watched markets: {watched}; "
    "digests: {digests}; signals in the record: {ledger}"
)
NOT_IN_IT = "   config.ini and .env are not in it: copy them as well."
DROPPED = (
    "   Dropped: questions that were open then: {questions}; messages that had not been sent then, "
    "other than alerts: {messages}"
)
ASIDE = "   What was there until now: {file} (--restore takes it, too)"
COMES_AGAIN = (
    "   Start the bot again. Alerts are judged from that time on: one that has fired since then "
    "comes again."
)
BACKUP_INTERRUPTED = "❌ Interrupted: no backup was made."
RESTORE_INTERRUPTED = (
    "❌ Interrupted: the store is as it was, or restored already. Restore it again."
)
