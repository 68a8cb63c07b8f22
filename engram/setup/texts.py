"""What `--setup` says to whoever sets up the bot; pure."""

NEEDS_TERMINAL = (
    "--setup asks questions, and needs a terminal for that (in a container: -it). Without one, "
    "write .env and config.ini yourself; docs/configuration.md says how."
)
MEND_FIRST = "Mend that first, then run --setup again."
INTRO = (
    "Four steps to the running bot. What you answer goes into {config} and the .env beside it. "
    "Enter takes what stands in [brackets], skip leaves a step as it is, Ctrl-C ends. Run it again "
    "at any time."
)
SKIP = "skip"
YES, NO = ("yes", "y"), ("no", "n")
YES_OR_NO = "Type yes or no."
LEFT = "Left as it was."
WRONG = "⚠️ It must be {wanted}."
TAKE_ANYWAY = "Take it all the same"
ENV_WRITTEN = "✅ {name} is in {file}."
ENV_BY_HAND = "write it behind {name}= into {file}"
INI_WRITTEN = "✅ [{section}] {key} = {value} is in {file}."
INI_BY_HAND = "write {key} = {value} below [{section}] into {file}"
FILES_BY_HAND = "make the files"
NOT_WRITTEN = "⚠️ {problem}. Mend that and press Enter; or type skip, and {by_hand} yourself."
TRY_AGAIN = "Try again"
ENDED = "Setup has ended here. What was written stays; run --setup again at any time."
IN_ENVIRONMENT = "{name} is set in the environment, which comes before .env: change it there."

TELEGRAM = "1 of 4 · The bot in Telegram"
NO_BOT = (
    "There is none yet: send /newbot to @BotFather in Telegram, choose a name, and copy the token "
    "that it gives you."
)
ASKING_TELEGRAM = "Asking Telegram ..."
BOT = "✅ The bot is @{name}."
ASK_BOT = "Bot token, which is not shown [{default}]: "
KEEP, NONE = "keep it", "none"
NO_SUCH_FORM = (
    "⚠️ That is no bot token. One looks like 123456789:AAE..., and is in @BotFather's message."
)
UNKNOWN_BOT = "⚠️ Telegram does not know the token; copy it again from @BotFather."
NOT_CHECKED = "⚠️ The token could not be checked: {reason}"

SERVER = "2 of 4 · LM Studio"
NOT_ASKED = "Steps 2 and 3 are about LM Studio, which is not in [fallback] order of config.ini."
LOOKING = "Looking at {urls} ..."
THERE = "✅ {url} answers."
NOT_THERE = "⚠️ {url}: {problem}"
SILENT = "no answer within {seconds:g} s"
HOW_TO_SERVE = (
    "In LM Studio, start the server: Developer → Start server.",
    "If LM Studio runs on another machine, switch on Serve on Local Network there, and type the "
    "address of that machine.",
)
ASK_ADDRESS = "Address, or again to look once more"
AGAIN = "again"
CLOSED = "LM Studio lets nobody in without an API token."
ASK_TO_OPEN = "API token, which is not shown [none]: "
STILL_CLOSED = "⚠️ LM Studio does not take this token."

MODEL = "3 of 4 · The model"
NO_LIST = "LM Studio could not be asked for its models; the configured one stays: {model}"
NO_MODEL = "LM Studio has no language model yet: download one there, then run --setup again."
NO_SUCH_MODEL = 'There is no model "{name}": type a number, a name, or auto.'
WHICH_MODEL = '"{name}" can be {names}: type the number.'
ASK_MODEL = "Number or name, or auto for whatever is loaded"

START = "4 of 4 · Start"
BOT_RUNS = (
    "A bot works with {store} already. It takes up another address or model by itself; for another "
    "token, stop it and start it again."
)
PAIRING = (
    "The bot runs here until you press Ctrl-C. As long as nobody owns it, it prints a link: open "
    "that, press Start in Telegram, and the bot is yours."
)
CHAT = "There is no bot without a token. What can start is the chat in this terminal."
ASK_START = "Start now"
DONE = "Setup is done. Start again without --setup, or with --check to see what works."
