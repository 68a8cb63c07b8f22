"""What servers say of pictures, in their own words."""

import pytest

from engram.core.errors import (
    BusyError,
    GiveUpError,
    NoModelError,
    QuestionError,
    TooLongError,
    TryAgainError,
    WordlessError,
)
from engram.llm.abilities.blindness import is_blindness, is_unexplained, names_pictures
from engram.llm.refusals import RequestRejectedError, refused

# No picture is ever taken.
NEVER = {
    "LM Studio": "Model does not support images. Please use a model that does.",
    "OpenAI": "Invalid content type. image_url is only supported by certain models.",
    "Ollama": "this model does not support image input",
    "vLLM": "At most 0 image(s) may be provided in one prompt.",
    "vLLM, another": "google/gemma-3-270m is not a multimodal model",
    "SGLang": "Non-text content requires multimodal endpoint",
    "OpenRouter": "No endpoints found that support image input",
    "DeepSeek": "Failed to deserialize the JSON body into the target type: messages[1]: unknown "
    "variant `image_url`, expected `text` at line 1 column 679289",
    "Groq": "messages[0].content must be a string",
    "Mistral": "Image input is not enabled for this model",
    "Gemini": "Image input modality is not enabled for models/gemma-3-1b-it",
    "Bedrock": "This model doesn't support the image content block that you provided. Update the "
    "content block and try again.",
    "xAI": "Image inputs are not supported by this model.",
    "earlier llama.cpp": 'Unsupported content part type: "image_url"',
    "a validation": "Input should be a valid string body.messages.0.content.str",
    "Zhipu": "该模型不支持图片",
}
# This one is not.
NOT_THIS = {
    "LM Studio": "'url' field must be a base64 encoded image.",
    "OpenAI": "You uploaded an unsupported image. Please make sure your image has of one the "
    "following formats: ['png', 'jpeg', 'gif', 'webp'].",
    "Anthropic": "messages.0.content.0.image.source.base64.data: Could not process image",
    "Anthropic, another": "Image does not match the provided media type image/png",
    "Anthropic, a third": "image exceeds 5 MB maximum: 6291456 bytes > 5242880 bytes",
    "llama.cpp": "Failed to load image or audio file",
    "vLLM": "At most 1 image(s) may be provided in one prompt.",
}
# What has nothing to do with them.
OTHERS = (
    "Unrecognized key(s) in object: 'frobnicate'",
    "Invalid reasoning setting",
    "The model has crashed without additional information.",
    "Could not find stored response for previous_response_id: resp_1",
    "provision your own throughput: revision 7",
    "me/llama-3.2-vision does not support this",
    "llama-3.2-vision: bad request",
)
EYELESS = (
    "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
)
LITELLM = (
    f"litellm.InternalServerError: InternalServerError: Lm_studioException - {EYELESS}\n\nLiteLLM: "
    "model group 'gemma' failed with the error above. No fallback was attempted."
)


@pytest.mark.parametrize("said", NEVER.values(), ids=NEVER)
def test_a_model_that_never_takes_pictures_says_so(said):
    """Each picture would be sent in vain, and the person told of a model that failed."""
    err = RequestRejectedError(400, said)
    assert names_pictures(err)
    assert is_blindness(err)


@pytest.mark.parametrize("said", NOT_THIS.values(), ids=NOT_THIS)
def test_a_picture_that_is_not_taken_makes_no_model_blind(said):
    """One broken picture would hide all later ones from a model that can look."""
    err = RequestRejectedError(400, said)
    assert names_pictures(err)
    assert not is_blindness(err)


@pytest.mark.parametrize("said", OTHERS)
def test_other_refusals_name_no_picture(said):
    """A model would be called blind for what has nothing to do with its eyes."""
    assert not names_pictures(RequestRejectedError(400, said), "me/llama-3.2-vision")


@pytest.mark.parametrize("said", [EYELESS, LITELLM])
def test_engines_that_fail_over_a_picture_refuse_it(said):
    """llama.cpp would be asked three times, and be called broken after three pictures."""
    err = refused(500, {"message": said, "code": 500}, None, "KEY")
    assert isinstance(err, TryAgainError)
    assert names_pictures(err)
    assert is_blindness(err)


@pytest.mark.parametrize("err", [BusyError("image queue is full"), GiveUpError("no image quota")])
def test_a_busy_server_has_refused_nothing(err):
    """A picture would go unseen because many others are being looked at."""
    assert not names_pictures(err)


@pytest.mark.parametrize(
    ("err", "unexplained"),
    [
        (RequestRejectedError(400, ""), True),
        (RequestRejectedError(422, "bad request"), True),
        (QuestionError("it reports invalid_request: bad request"), True),
        (RequestRejectedError(404, "no such model"), False),
        (RequestRejectedError(400, "Failed to load model"), False),
        (NoModelError("no such model"), False),
        (TooLongError("too long"), False),
        (WordlessError("it said nothing"), False),
        (TryAgainError("it failed (500)"), False),
    ],
)
def test_what_may_come_of_a_picture_though_nothing_says_so(err, unexplained):
    """A picture would be given up for a reason that is known to be another."""
    assert is_unexplained(err) is unexplained
