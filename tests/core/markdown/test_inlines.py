"""Formatting within a line."""

import pytest

from engram.core.markdown.inlines import Formatted, Span, inline


@pytest.mark.parametrize(
    ("source", "text", "spans"),
    [
        ("**b** and `c`", "b and c", [(0, 1, "bold"), (6, 7, "code")]),
        ("*i* _i_ ~~s~~", "i i s", [(0, 1, "italic"), (2, 3, "italic"), (4, 5, "strikethrough")]),
        ("***b***", "b", [(0, 1, "bold"), (0, 1, "italic")]),
        ("**a *b* c**", "a b c", [(0, 5, "bold"), (2, 3, "italic")]),
        ("**_b_**", "b", [(0, 1, "bold"), (0, 1, "italic")]),
        ("__two words__ __init__", "two words __init__", [(0, 9, "bold")]),
        ("**a `b` c**", "a b c", [(0, 2, "bold"), (2, 3, "code"), (3, 5, "bold")]),
        ("**a _b** c_", "a _b c_", [(0, 4, "bold")]),
        ("**~~_b_~~**", "b", [(0, 1, "bold"), (0, 1, "italic"), (0, 1, "strikethrough")]),
        ("**64,000** **-2.5 %**", "64,000 -2.5 %", [(0, 6, "bold"), (7, 13, "bold")]),
        ("**🚀**", "🚀", [(0, 1, "bold")]),
        ("这是**重点**内容", "这是重点内容", [(2, 4, "bold")]),
        ("使用`ema`指标", "使用ema指标", [(2, 5, "code")]),
        ("`` a ` b ``", "a ` b", [(0, 5, "code")]),
        ("`2*3`*4", "2*3*4", [(0, 3, "code")]),
        ("a<br>b<BR/>c `<br>`", "a\nb\nc <br>", [(6, 10, "code")]),
        ("[x](https://a.b/c_d)", "x (https://a.b/c_d)", []),
        ("**[*x*](https://a.b)**", "x (https://a.b)", [(0, 15, "bold"), (0, 1, "italic")]),
        ("**[`x`](https://a.b)**", "x (https://a.b)", [(0, 1, "code"), (1, 15, "bold")]),
        ('[x](https://a.b "A title")', 'x (https://a.b "A title")', []),
        ("[https://a.b](https://a.b)", "https://a.b", []),
        ("![x](https://a.b/(c))", "x (https://a.b/(c))", []),
        ("_https://a.b/_c_d_ x", "_https://a.b/_c_d_ x", []),
    ],
)
def test_formatting(source, text, spans):
    """People would read marks."""
    assert inline(source) == Formatted(text, tuple(Span(*span) for span in spans))


@pytest.mark.parametrize(
    "source",
    [
        "5*3 + 2*4", "(a)*(b)*(c)", "(a)**(b)**(c)", "2 * *3 * 4*", "5 *3 + 2* 4", "*3*", "_3_",
        "x = *p * *q", "*args, **kwargs", "f(*a, *b)", "*.py, *.js", "src/**/*.py and lib/**/*.js",
        "^_^ (*_*) *-* *.*", "|x|*|y|*|z|", "5`3`2", "`a`b", "a`b`", "\\`a`", "\\*a*", "` `", "`a",
        "a_b_c", "a*b*c", "x**2**y", "3~~4~~5", "~~", "****a****", "__init__", "**", "_", "[a](b)",
        "h[0](price)", "[a] (https://a.b)", "1*[a](b)*2", "$*x*$", "<ema and rsi>", "a=*b*=c",
        "1*~~1~~", "1_**a**", "(a)*_(b)_", "1*_*_*_*_*~~a~~",
    ],
)  # fmt: skip
def test_what_is_no_formatting_stays(source):
    """A product would become another number, a placeholder nothing."""
    assert inline(source) == Formatted(source)


def test_no_more_than_a_few_marks_are_open_at_once():
    """A line of nothing but marks would take minutes, or Telegram refuse its entities."""
    found = inline("**a *b " * 20 + "c* " * 20)
    assert len(found.spans) == 4
    assert found.text.count("*") == 80 - 8
