"""What servers say of a prompt that was too long."""

import pytest

from engram.llm.context.overflow import Overflow, overflow

OVERFLOWS = [
    ("The number of tokens to keep from the initial prompt is greater than the context length "
     "(n_keep: 5211>= n_ctx: 4096). Try to load the model with a larger context length, or provide "
     "a shorter input.", 4096, 5211),
    ("Trying to keep the first 5211 tokens when context the overflows. However, the model is "
     "loaded with context length of only 4096 tokens, which is not enough.", 4096, 0),
    ("Reached context length of 4096 tokens, but this model does not currently support "
     "mid-generation context overflow because llama_memory_can_shift is 0.", 4096, 0),
    ({"code": 400, "message": "the request exceeds the available context size, try increasing it",
      "type": "exceed_context_size_error", "n_prompt_tokens": 5012, "n_ctx": 4096}, 4096, 5012),
    ("request (5012 tokens) exceeds the available context size (4096 tokens)", 4096, 5012),
    ("This model's maximum context length is 4096 tokens. However, your messages resulted in 5012 "
     "tokens. Please reduce the length of the messages.", 4096, 5012),
    ("This model's maximum context length is 4096 tokens. However, you requested 5500 tokens (1404 "
     "in the messages, 4096 in the completion).", 4096, 0),
    ("This model's maximum context length is 4096 tokens. However, your request has 5012 input "
     "tokens.", 4096, 5012),
    ("The decoder prompt (length 5012) is longer than the maximum model length of 4096. Make sure "
     "that `max_model_len` is no smaller than the number of text tokens.", 4096, 5012),
    ("max_tokens must be at least 1, got -916.", 0, 0),
    ("prompt is too long: 208310 tokens > 200000 maximum", 200_000, 208_310),
    ("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input "
     "length or `max_tokens` and try again", 200_000, 0),
    ("litellm.BadRequestError: litellm.ContextWindowExceededError: ContextWindowExceededError: "
     "OpenAIException - This model's maximum context length is 4,096 tokens. However, your "
     "messages resulted in 5,012 tokens.", 4096, 5012),
    ("Requested tokens (5012) exceed context window of 4096", 4096, 5012),
    ("The input token count (5012) exceeds the maximum number of tokens allowed (4096).", 4096,
     5012),
    ("Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5012 "
     "`inputs` tokens and 100 `max_new_tokens`", 4096, 0),
    ("Input validation error: `inputs` must have less than 4096 tokens. Given: 5012", 0, 0),
    ("Your input exceeds the context window of this model.", 0, 0),
    ("input length exceeds the context length", 0, 0),
    ("Input is too long for requested model.", 0, 0),
    ({"type": "request_too_large", "message": "Request exceeds the maximum size"}, 0, 0),
    ({"code": "context_length_exceeded", "message": ""}, 0, 0),
    ("This model's maximum prompt length is 131072 but the request contains 150000 tokens.",
     131_072, 150_000),
    ("Prompt contains 5012 tokens and 0 draft tokens, too large for model with 4096 maximum "
     "context length", 4096, 5012),
]  # fmt: skip


@pytest.mark.parametrize(("error", "limit", "counted"), OVERFLOWS)
def test_an_overflow_is_known_in_all_servers_words(error, limit, counted):
    """A long chat would silence the model, or nobody learn how much it can read."""
    assert overflow(error) == Overflow(limit, counted)


@pytest.mark.parametrize(
    "error",
    [
        "Rate limit reached for gpt-4 on tokens per min (TPM): Limit 10000, Used 9000",
        "Unrecognized key(s) in object: 'context_length'",
        "max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens",
        "Model unloaded.",
        "No models loaded. Please load a model.",
        "Could not find stored response for previous_response_id: resp_1",
        "CUDA out of memory",
        "Invalid API key token provided",
        "You exceeded your current quota, please check your plan",
        "the image is too large",
        {"message": ["x"]},
        [{"loc": ["body"], "msg": "bad", "input": "what is a context length?"}],
        {},
        None,
    ],
)
def test_other_complaints_are_no_overflow(error):
    """What was said before would be left out in vain, and a wrong reason be given."""
    assert overflow(error) is None
