"""What is said to a greeting, to thanks and to questions about the bot itself; pure."""

import re

# A longer message is no small talk.
_CHARACTERS = 100
# How people say hello; a small talk of any kind may begin so, too.
_GREETING = (
    r"(hi|hello|hey|yo|gm|good (morning|afternoon|evening|day)|hallo|moin|guten (morgen|tag|abend)"
    r"|hola|buenos días|olá|bom dia|ciao|bonjour|salut|привет|merhaba|salam|namaste"
    r"|你好|こんにちは)"
    r"( (there|again|engram|bot|all|everyone|everybody|guys|friend|mate|team))*"
)
# What is replied, by patterns that the words of a whole message match, without signs and in small
# letters. The first of them decides.
_EXPLANATIONS = {
    r".*\b(read|understand|interpret|meant?|means?)\b.*\b(analysis|signals?|confidence)\b.*"
    r"|what( is| are| does| do| s)?( the| a| an| your)? (signals?|confidence)( mean)?": (
        "How to read an analysis: Signal is what fixed rules make of the market now (BUY, SELL or "
        "HOLD). Confidence says how often such signals came true in a study of many coins and "
        "years, and how often the same happened by chance; Low means that they did not reliably "
        "do better, or were not studied. 🎯 is where the price ends up four times in five, 🛑 how "
        "far away a stop of 1.5 ATR is. Without market data the signal is always HOLD."
    ),
    r".*\b(position (size|sizing)|size (of )?(a|my|the) position|stop ?loss|leverage)\b.*"
    r"|(how much|what) .*\brisk\b.*|.*\brisk (management|per trade)\b.*"
    r"|how much (should|can|could|may|do|must) (i|we|one) .*": (
        "Risk first, then size: decide what you can lose on one trade, often 1 % of the account, "
        "and at which price you would admit that you were wrong (the stop). Position size = amount "
        "at risk ÷ distance from entry to stop. Example: account 10,000, risk 1 % = 100; entry 50, "
        "stop 48 → 100 ÷ 2 = 50 units. Leverage does not change that sum, it only hides it. "
        "/size 10000 1% BTC does it with a market's price and stop."
    ),
}
_PLEASANTRIES = {
    r"((i need|can you|please) )?help( me)?( please)?|menu"
    r"|(the |your |what are (your|the) )?commands?"
    r"|what (can|do) (you|i) do( here| for me| with you)?|what can you( do)?"
    r"|how do (i|you) (use|start|begin|work)\b.*": (
        "I can analyse a market: /analyze BTC 4h. /status shows whether the language model is "
        "connected, /help lists all commands. You can also ask me how to read an analysis, or "
        "about risk and position size."
    ),
    r"(who|what) (are|r) (you|u)|(what s|what is|tell me) your name"
    r"|are you (a |an )?(bot|human|robot|person|real|ai)( or .*)?": (
        "I'm Engram, a bot in front of your own language model. Right now the built-in rules are "
        "speaking: they know the market's numbers and a little small talk, no more."
    ),
    r"(your |what s the |what is the )?status"
    r"|(is|are) (lm ?studio|(the|my|your) (language )?(model|bot|server)|you|it|everything) "
    r"(still )?(there|up|down|ok|online|offline|connected|working|running)( now| again| today)?": (
        "/status shows whether the model server is connected, which model answers, and how many "
        "questions are waiting."
    ),
    r"((ok|okay|great|cool|perfect|nice|yes|no) )?(many )?(thanks|thank you|thx|ty|cheers|danke"
    r"|merci|gracias|obrigad[oa]|grazie|спасибо)( (a lot|so much|very much|again|engram|bot|mate"
    r"|for (the|your) \w+|schön|beaucoup))*": "You're welcome!",
    r"(how are (you|things)|how (is|s) it going|what s up|sup)( (today|doing|engram|now))*": (
        "All good here, thank you. Name a coin and I'll look at it: /analyze BTC."
    ),
    r"((ok|okay) )?(bye( bye)?|goodbye|good night|see (you|ya)|ciao|tschüss|au revoir|adiós)"
    r"( (later|tomorrow|soon|engram|bot|all|everyone))*": (
        "See you! I'm here whenever the market calls."
    ),
    r"": "Hello! I'm Engram. Send /analyze BTC for an analysis, or /help for all that I can do.",
}
_REPLIES = _EXPLANATIONS | _PLEASANTRIES


def reply(message: str) -> str:
    """What to say to `message` if it is small talk and nothing else, "" otherwise."""
    words = " ".join(re.findall(r"\w+", message.casefold())) if len(message) <= _CHARACTERS else ""
    for pattern, said in _REPLIES.items():
        if words and re.fullmatch(rf"({_GREETING}\b ?)?({pattern})", words):
            return said
    return ""


def needs_no_thought(message: str) -> bool:
    """Whether `message` is a greeting, thanks, or a question about the bot, and nothing else."""
    return reply(message) in _PLEASANTRIES.values()
