"""What the Telegram front end says in its own words, in addition to `engram.chat.texts`."""

from engram.chat.texts import START
from engram.core.events import Button, Buttons

# To people whose chats are not allowed.
UNOWNED = (
    "This bot has no owner yet. If it is yours, open the link that its terminal shows, or send me "
    "the code at the end of it."
)
WRONG_CODE = "That is not the code. The bot's terminal shows it, at the end of a link."
TOO_SOON = (
    "That was too soon after so many wrong codes: I have not looked at it. Please send the code, "
    "which the bot's terminal shows, in {minutes}."
)
OWNED = (
    "🔑 You own this bot now. To keep it even if its database is lost, put TELEGRAM_CHAT_ID={chat} "
    f"into .env.\n\n{START}"
)
PRIVATE = (
    "This bot is private. Its owner can let you in by adding the id of this chat, {chat}, to "
    "allowed_chat_ids in config.ini."
)

# In place of an answer.
UNREADABLE = (
    "I can read words, pictures, text files and PDF, and this is none of them. Send me a question, "
    "or /analyze BTC."
)
NOT_READ = (
    "📎 I can read words, pictures, text files and PDF: what else came with your words I have not "
    "seen."
)
FILE_TOO_LARGE = "The file has more than {most}, and that is as much as I take. Send a smaller one."
FILE_OVER_TELEGRAM = (
    "Telegram gives bots no files of more than 20 MB. Send a smaller one, or a part of it."
)
FILE_GONE = "Telegram does not have the file any more. Please send it again."
FILE_NOT_HAD = "I could not get the file from Telegram. Please send it again in a minute."
FILE_OUT_OF_REACH = (
    "The file is where I cannot get it. Whoever runs me finds in the log what to do about that."
)
CUT = "✂️ Your message was longer than I can take: I have read its first {characters:,} characters."
TOO_OLD = "I was away for more than a day. If you still want to know, please ask again."
ONE_AT_A_TIME = "One at a time, please: I still have your other questions to answer."
NO_FILE = "📎 A file would follow, but this chat takes none."
UNCONFIRMED = (
    "📨 Telegram has not confirmed that my answer reached you. If you do not see all of it above, "
    "please ask again."
)

# What is said unasked. {what} is a list.
OUTDATED = "🕐 I could not reach you in time with: {what}."
NAMELESS = "a message"
MORE = "and {count} more"
SUSPENDED = (
    "⏸ For a while I could not write to this chat, and have not looked at what you had armed:\n\n"
    "{what}\n\n"
    "It stays suspended until you press {button}: each alert then counts from the price at that "
    "moment."
)
SUSPENDED_NAME = "what is suspended"

# Where an answer is too long for the chat.
WHOLE_IN_FILE = "✂️ There is more: the whole answer follows as a file."
ANSWER_FILE = {True: "answer.md", False: "answer.txt"}

# The button below a preview, and what is said to somebody who presses a button.
STOP: Buttons = ((Button("⏹", "/stop"),),)
UNKNOWN_BUTTON = "I don't know this button."
NOT_YOURS = "These buttons belong to somebody else's question. Send /analyze to get your own."
