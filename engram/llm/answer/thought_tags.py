"""The tags around a model's thoughts and turns, as they leak into its text; pure.

Forms: `<think>` and its like (DeepSeek, Qwen, Seed), `[THINK]` (Mistral), `◁think▷` (Kimi),
`<|START_THINKING|>` (Cohere), `<|begin_of_thought|>`, and the channels of gpt-oss (OpenAI's
"harmony response format"), also with their tokens left out: `analysis…assistantfinal…`. Control
tokens are those of the chat templates of Llama, Qwen, Gemma, Mistral, Phi, DeepSeek, GLM, Granite.

What is looked for is of bounded length, so that little is held back and nothing takes long.
"""

import re

_NAME = r"(?:\w{1,8}:)?(?:think(?:ing)?|thoughts?|reasoning|reflection|scratchpad)"
# What a chat template puts around a turn.
_STARTS = r"<\|(?:im_start|start_header_id|start|start_of_role)\|>|<start_of_turn>|<\|turn>"
_ROLES = "assistant|model|user|human|system|developer|tool|ipython"
_WORDS = r"end|start|begin|im_|eo[stm]|turn|response|message|header|pad|chatbot|python_tag|sep"
_CONTROL = (
    rf"<[|｜](?:[\w▁]{{0,20}}(?:{_WORDS})[\w▁]{{0,20}}|return|call|channel|constrain|bos"
    r"|assistant|user|system|human|model|tool|observation)[|｜]>"
    r"|</s>|</?(?:start|end)_of_turn>|<(?:[be]os|eo[dpt]|sop|pad|unused\d{1,4})>"
    r"|<\|turn>|<turn\|>|<channel\|>|\[/?INST\]|</?<?/?SYS>>|\[gMASK\]"
)
TOKEN = re.compile(
    rf"(?P<open><{_NAME}(?:\s\w{{1,20}}=[^<>\n]{{0,80}})?/?>|\[THINK\]|◁think▷|<\|START_THINKING\|>"
    r"|<\|begin_of_thought\|>|<\|channel>thought\b|<unused94>)"
    rf"|(?P<close></{_NAME}>|\[/THINK\]|◁/think▷|<\|END_THINKING\|>|<\|end_of_thought\|>"
    r"|<unused95>)"
    r"|(?P<header><\|channel\|> ?(?P<channel>\w{1,20})(?:[^<\n]|<\|constrain\|>){0,120}"
    r"<\|message\|>)"
    rf"|(?P<control>(?:{_STARTS})\s{{0,2}}(?P<role>{_ROLES})\b|{_CONTROL})",
    re.IGNORECASE,
)
# What may become one of these with the next piece; of bounded length, like all that is held back.
UNFINISHED = re.compile(
    rf"(?:<(?:/?[\w:]{{0,24}}[|/]?|{_NAME}\s\w{{0,20}}(?:=[^<>\n]{{0,80}})?"
    r"|[|｜][\w▁]{0,40}[|｜]?|<?/?\w{0,3}>?)"
    r"|\[/?\w{0,6}|◁/?\w{0,5}"
    r"|<\|channel\|>(?:[^<\n]|<\|constrain\|>){0,120}(?:<(?:\|\w{0,10}\|?)?)?"
    rf"|<\|channel>\w{{0,8}}|(?:{_STARTS})\s{{0,2}}[a-z]{{0,9}})\Z",
    re.IGNORECASE,
)
# What ends a block, by how it was opened.
CHANNEL_END = re.compile(r"<\|(?:end|call|return)\|>|(?=<\|(?:start|channel)\|>)", re.IGNORECASE)
BARE_CHANNEL = re.compile(r"analysis(?=[^\W\d_a-z])")
ENDS = {
    "<": re.compile(rf"</{_NAME}>", re.IGNORECASE),
    "[": re.compile(r"\[/THINK\]", re.IGNORECASE),
    "◁": re.compile("◁/think▷", re.IGNORECASE),
    "<|": re.compile(r"<\|END_THINKING\|>|<\|end_of_thought\|>|<channel\|>", re.IGNORECASE),
    "analysis": re.compile("assistantfinal"),
    "<unused94>": re.compile("<unused95>"),  # Gemma's relatives
}
LONGEST_END = 40
PERSONS = {"user", "human"}
PERSONS_TURN = re.compile(r"<[|｜](?:user|human|USER_TOKEN)[|｜]>|\[INST\]", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t]{0,8}")
_QUOTES = "\"'“”‘’«»„"


def mentioned(text: str, end: int, before: str, final: bool) -> bool | None:
    """Whether the tag in `text` up to `end`, which follows `before`, is a word of a sentence.

    None if what follows it does not tell yet, and is not `final`.
    """
    blanks = _BLANKS.match(text, end)
    on = blanks.end() if blanks else end
    if on == len(text) and not final:
        return None
    after = text[on : on + 1]
    if on == end and before and before in _QUOTES:
        return bool(after) and after in _QUOTES
    if before in ("|", " ", "\t") and after == "|":  # alone in a cell of a table
        return True
    if before not in ("", " ", "\t", "("):
        return False
    return after.islower() if on > end else bool(after) and after in ",.;:?!)"
