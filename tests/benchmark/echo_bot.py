"""The least that pyTelegramBotAPI can do: what Engram is compared with."""

import os

from telebot import TeleBot, apihelper

apihelper.API_URL = os.environ["TELEGRAM_API_URL"] + "/bot{0}/{1}"
bot = TeleBot(os.environ["TELEGRAM_BOT_TOKEN"])


@bot.message_handler(func=lambda message: True)
def echo(message):
    """Say the same."""
    bot.send_message(message.chat.id, message.text)


bot.infinity_polling(skip_pending=False)
