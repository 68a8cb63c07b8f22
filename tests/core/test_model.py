"""Models and their providers, as every room speaks of them."""

import pytest

from engram.core.model import PROVIDERS, Model, ServerName


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


LLAMA = ServerName("llama.cpp", "llama.cpp")


@pytest.mark.parametrize(
    ("provider", "url", "engine", "name"),
    [
        ("openai", "https://api.openai.com/v1", "", ServerName("OpenAI", "OpenAI")),
        ("openai", "https://api.openai.com", "system", ServerName("OpenAI", "OpenAI")),
        ("anthropic", "https://api.anthropic.com/", "", ServerName("Anthropic", "Anthropic")),
        ("lmstudio", "http://192.168.56.1:1234", "", ServerName("LM Studio", "LMStudio")),
        ("openai", "http://192.168.1.20:8080/v1", "llamacpp", LLAMA),
        ("openai", "http://localhost:8000/v1", "vllm", ServerName("vLLM", "vLLM")),
        ("openai", "http://localhost:11434/v1", "library", ServerName("Ollama", "Ollama")),
        ("openai", "http://192.168.1.20:8080/v1", "me",
         ServerName("the model server at 192.168.1.20:8080",
                    "Model server at 192.168.1.20:8080", named=False)),
        ("openai", "https://me:secret@proxy.example/v1?key=secret", "",
         ServerName("the model server at proxy.example", "Model server at proxy.example",
                    named=False)),
        ("anthropic", "http://[::1]:4000", "",
         ServerName("the model server at [::1]:4000", "Model server at [::1]:4000", named=False)),
        ("openai", "https://api.openai.com.example/v1", "",
         ServerName("the model server at api.openai.com.example",
                    "Model server at api.openai.com.example", named=False)),
    ],
)  # fmt: skip
def test_a_server_is_called_what_it_is(provider, url, engine, name):
    """llama.cpp on the own machine would be called OpenAI, and a paid service be looked for."""
    assert PROVIDERS[provider].at(url, engine) == name


@pytest.mark.parametrize(
    ("name", "subject", "kind"),
    [
        (LLAMA, "llama.cpp", "llama.cpp"),
        (PROVIDERS["lmstudio"].called, "LM Studio", "LM Studio"),
        (PROVIDERS["openai"].at("http://10.0.0.5:80"), "Model server at 10.0.0.5:80",
         "Model server"),
    ],
)  # fmt: skip
def test_a_name_fits_into_its_sentence(name, subject, kind):
    """A notice would begin in small letters, and a line name the same address twice."""
    assert (name.subject, name.kind) == (subject, kind)
