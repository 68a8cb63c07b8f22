"""What servers say of a prompt that was too long."""

import time

import pytest

from engram.llm.context.overflow import Overflow, overflow

OVERFLOWS = [
    ("The number of tokens to keep from the initial prompt is greater than the context length "
     "(n_keep: 5211>= n_ctx: 4096). Try to load the model with a larger context length, or provide "
     "a shorter input.", 4096, 5211),
    ("Trying to keep the first 5211 tokens when context the overflows. However, the model is "
     "loaded with context length of only 4096 tokens, which is not enough.", 4096, 5211),
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
     "`inputs` tokens and 100 `max_new_tokens`", 4096, 5012),
    ("Input validation error: `inputs` must have less than 4096 tokens. Given: 5012", 4096, 5012),
    ("Your input exceeds the context window of this model.", 0, 0),
    ("input length exceeds the context length", 0, 0),
    ("Input is too long for requested model.", 0, 0),
    ({"type": "request_too_large", "message": "Request exceeds the maximum size"}, 0, 0),
    ({"code": "context_length_exceeded", "message": ""}, 0, 0),
    ("This model's maximum prompt length is 131072 but the request contains 150000 tokens.",
     131_072, 150_000),
    ("Prompt contains 5012 tokens and 0 draft tokens, too large for model with 4096 maximum "
     "context length", 4096, 5012),
    ("This model's maximum context length is 2048 tokens. However, you requested 500 "
     "output tokens and your prompt contains at least 1549 input tokens, for a total "
     "of at least 2049 tokens. Please reduce the length of the input prompt or the "
     "number of requested output tokens. (parameter=input_tokens, value=1549)", 2048, 0),
    ("'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum"
     " context length is 4096 tokens and your request has 1200 input tokens (4096 > "
     "4096 - 1200). ", 4096, 0),
    ("The decoder prompt (length 9,012) is longer than the maximum model length of "
     "8192.", 8192, 9012),
    ("The prompt (total length 5012) is too long to fit into the model (context length"
     " 4096). Make sure that `max_num_batched_tokens` is no smaller than the number of"
     " text tokens plus multimodal tokens.", 4096, 0),
    ("You passed 5012 input tokens and requested 100 output tokens. However, the "
     "model's context length is only 4096 tokens, resulting in a maximum input length "
     "of 3996 tokens. Please reduce the length of the input prompt.", 4096, 5012),
    ("The input (5012 tokens) is longer than the model's context length (4096 tokens).",
     4096, 5012),
    ("Input length (5012 tokens) exceeds the maximum allowed length (4090 tokens). Use"
     " a shorter input or enable --allow-auto-truncate.", 4090, 5012),
    ("Requested token count exceeds the model's maximum context length of 4096 tokens."
     " You requested a total of 5112 tokens: 5012 tokens from the input messages and "
     "100 tokens for the completion. Please reduce the number of tokens in the input "
     "messages or the completion to fit within the limit.", 4096, 5012),
    ("This endpoint's maximum context length is 4096 tokens. However, you requested "
     "about 5012 tokens (5012 of text input). Please reduce the length of either one, "
     "or use the \"middle-out\" transform to compress your prompt automatically.", 4096, 5012),
    ("Prompt contains 32789 tokens and 0 draft tokens, too large for model with 32768 "
     "maximum context length", 32768, 32789),
    ("Prompt contains 5012 tokens, too large for model with 4096 maximum context "
     "length", 4096, 5012),
    ("The input token count (1048800) exceeds the maximum number of tokens allowed "
     "(1048576).", 1048576, 1048800),
    ("The input token count exceeds the maximum number of tokens allowed 1048576.", 1048576, 0),
    ("Unable to submit request because the input token count is 40000 but model only "
     "supports up to 32768. Reduce the input token count and try again.", 32768, 40000),
    ("Input tokens exceed the configured limit of 272000 tokens. Your messages "
     "resulted in 300000 tokens. Please reduce the length of the messages.", 272000, 300000),
    ("too many tokens: total number of tokens in the prompt cannot exceed 4081 - "
     "received 5012. Try using a shorter prompt, or enable prompt truncating.", 4081, 5012),
    ("too many tokens: size limit exceeded by 931 tokens. Try using shorter or fewer "
     "inputs. The limit for this model is 128000 tokens.", 128000, 0),
    ("The model returned the following errors: Input Tokens Exceeded: Number of input "
     "tokens exceeds maximum length. Please update the input to try again.", 0, 0),
    ("This model's maximum context length is 8192 tokens. Please reduce the length of "
     "the prompt", 8192, 0),
    ("The prompt is too long: 140000, model maximum context length: 131072", 131072, 140000),
    ("This model's maximum context length is 65536 tokens. However, you requested "
     "70000 tokens (66000 in the messages, 4000 in the completion). Please reduce the "
     "length of the messages or completion.", 65536, 66000),
    ("input length exceeds maximum context length", 0, 0),
    ("the input length exceeds the context length", 0, 0),
    ("prompt too long; exceeded max context length by 904 tokens", 0, 0),
    ("input is too large to process. increase the physical batch size", 0, 0),
    ("Context size has been exceeded.", 0, 0),
    ("context shift is disabled", 0, 0),
    ("Prompt is longer than context size", 0, 0),
    ("Prompt exceeds n_ctx: 4096", 4096, 0),
    ("Prompt length 5012 is greater than max_seq_len 4096", 4096, 5012),
    ("Context length 5012 is greater than max_seq_len 4096", 4096, 5012),
    ("Prompt tokens (5012) exceed the maximum sequence length (4096)", 4096, 5012),
    ("The input prompt (5012 tokens) exceeds the session_len (4096)", 4096, 5012),
    ("input length 5012 + request_output_len 512 > session_len 4096", 4096, 0),
    ("Cannot truncate prompt with n_keep (5211) >= n_ctx (4096)", 4096, 5211),
    ("The model has reached its context limit", 0, 0),
    ("Context length exceeded: 5012 > 4096", 4096, 5012),
    ("The sum of prompt length (5012), query length (0) and max_new_tokens (100) "
     "exceeds max_num_tokens 4096", 4096, 5012),
    ("Prompt length (5012) exceeds maximum input length (4096). Set log level to info "
     "and check TRTGptModel logs for how maximum input length is set", 4096, 5012),
    ("Request prompt has 5012 tokens in total, larger than the model input length "
     "limit 4096.", 4096, 5012),
    ("prompt is too long: 5012 tokens > 4096 maximum", 4096, 5012),
    ("Range of input length should be [1, 30720]", 30720, 0),
    ("<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, "
     "129024]", 129024, 0),
    ("输入长度超过模型最大上下文长度 4096", 4096, 0),
    ("Prompt 超长", 0, 0),
    ("Invalid request: Your request exceeded model token limit: 8192", 8192, 0),
    ("Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)",
     8192, 9000),
    ("total tokens of image and text exceed max message tokens", 0, 0),
    ("The total number of tokens in the prompt exceeds the context size of the model "
     "4096", 4096, 0),
    ("The conversation is too long for this model.", 0, 0),
    ("Sequence too long: 5012 > 4096", 4096, 5012),
    ("Token indices sequence length is longer than the specified maximum sequence "
     "length for this model (5012 > 4096).", 4096, 5012),
    ("This prompt has 5012 tokens, which is more than the 4096 the model can hold", 4096, 5012),
    ("The number of input tokens (5,012) is greater than the allowed 4,096", 4096, 5012),
    ([{"error": {"code": 400, "message": "The input token count exceeds the maximum number of "
      "tokens allowed 1048576."}}], 1_048_576, 0),
    ({"message": "Provider returned error", "code": 400, "metadata": {"raw":
      '{"error":{"message":"Prompt contains 5012 tokens, too large"}}'}}, 0, 5012),
    ({"message": {"detail": [{"msg": "prompt is too long"}]}}, 0, 0),
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
        "{'object': 'error', 'message': 'max_tokens is too large: 5000. This model supports at "
        "most 4096 completion tokens, whereas you provided 5000.'}",
        "the image is too large",
        "Rate limit reached for requests per min",
        "You have exceeded your token quota",
        "Request body too large: image exceeds 5 MB maximum: 7 MB > 5 MB",
        "Invalid token limit parameter: max_tokens must be <= 8192",
        "Your credit balance is too low",
        "The model `context-length-32k` does not exist",
        "Too many requests: limit 20 per second",
        "Request timed out: prompt took too long",
        "Model is overloaded, input queue limit reached",
        "Failed to load model: context length 131072 needs too much memory",
        "The number of input tokens has exceeded your per-minute rate limit",
        "Input should be a valid string",
        "tool result too long? unknown parameter",
        "Too many requests. Your token limit is 5 requests",
        "Daily token limit reached: requested tokens exceed limit of 100000 per day",
        "exceeded token rate limit of your current pricing tier",
        "The prompt was blocked",
        "HTTP body too large",
        {"message": ["x"]},
        [{"loc": ["body"], "msg": "bad", "input": "what is a context length?"}],
        {},
        None,
    ],
)
def test_other_complaints_are_no_overflow(error):
    """What was said before would be left out in vain, and a wrong reason be given."""
    assert overflow(error) is None


@pytest.mark.parametrize("text", ["context ", "prompt ", "1,", "> ", "exceed ", "1 > ", "限"])
def test_no_complaint_takes_long(idle_clock, text):
    """A server's odd words would hold up everybody."""
    began = time.monotonic()
    overflow(text * 4000)
    assert idle_clock.since(began) < 0.5
