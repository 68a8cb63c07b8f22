"""Models and their providers, as every room speaks of them."""

import pytest

from engram.core.model import PROVIDERS, Model


@pytest.mark.parametrize(
    ("key", "name"),
    [("zai-org/glm-4.7-flash", "glm-4.7-flash"), ("qwen3-8b", "qwen3-8b"), ("org/", "org/")],
)
def test_a_model_is_called_by_its_name_without_the_publisher(key, name):
    """Each answer would end with a name that people do not use."""
    assert Model(key).name == name


def test_a_provider_is_called_by_one_word_where_the_words_are_fixed():
    """People and scripts that look for these words would not find them."""
    labels = {name: provider.label for name, provider in PROVIDERS.items()}
    assert labels == {"lmstudio": "LMStudio", "openai": "OpenAI", "anthropic": "Anthropic"}
