"""The model servers: LM Studio, and those that speak OpenAI's or Anthropic's protocol.

It may import core and the settings; requests, urllib3 and backoff come in here. Begin with
`server`, the way of a question to any of them; `lmstudio`, `openai` and `anthropic` are the
protocols. `answer/` makes a text of what they stream, `context/` has what fits into a model.
"""
