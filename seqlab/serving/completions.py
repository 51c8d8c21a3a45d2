"""Completions as OpenAI's API writes them: https://platform.openai.com/docs/api-reference/completions.

The prompts are completed one after the other, the `n` samples of each together. A sample ends at a text of `stop`, or
at `max_tokens`: language models of running text do not end by themselves.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi.sse import format_sse_event

from seqlab.serving.answers import prompt_tokens, text_tokens
from seqlab.serving.bodies import FieldError, in_field
from seqlab.serving.refusals import refusal_of
from seqlab.serving.requests import CompletionRequest
from seqlab.serving.served_run import ServedRun
from seqlab.serving.text_stream import UntilStop, open_stream

DONE = format_sse_event(data_str="[DONE]")


class Completion:
    """One request and its answer, whole or in pieces."""

    def __init__(self, run: ServedRun, asked: CompletionRequest, seed: int) -> None:
        if asked.best_of not in {None, asked.n}:
            message = f"best_of is {asked.best_of}; it must be left out or equal n: all samples are returned"
            raise FieldError(message, "best_of", asked.best_of, asked.n)
        self.run, self.asked, self.sampling = run, asked, asked.sampling(seed)
        self.id, self.created = f"cmpl-{secrets.token_hex(12)}", int(time.time())
        self.choices = [UntilStop(asked.stops) for _ in asked.prompts for _ in range(asked.n)]
        self.prompt_tokens = 0

    async def begin(self) -> None:
        """Read all prompts. Raises FieldError for one that cannot be read."""
        for number, prompt in enumerate(self.asked.prompts):
            with in_field("prompt" if isinstance(self.asked.prompt, str) else f"prompt.{number}", prompt):
                await self._open(prompt)
        loaded, prompts = self.run.loaded, self.asked.prompts
        self.prompt_tokens = await self.run.worker.call(lambda: sum(prompt_tokens(loaded, each) for each in prompts))

    async def whole(self) -> dict[str, Any]:
        async for _ in self._pieces():
            pass
        choices = [self._choice(index, self._begin(index) + each.text) for index, each in enumerate(self.choices)]
        return self._object(choices) | {"usage": await self._usage()}

    async def events(self) -> AsyncIterator[bytes]:
        """Server-sent events: a chunk per piece of a sample, the last of which has its `finish_reason`."""
        try:
            async for index, text in self._pieces():
                yield _event(self._object([self._choice(index, text, last=False)]))
            last = [self._choice(index, "") for index in range(len(self.choices))]
            yield _event(self._object(last))
            if self.asked.stream_options and self.asked.stream_options.include_usage:
                yield _event(self._object([]) | {"usage": await self._usage()})
        except Exception as error:  # the status is sent: only an event can tell
            response = refusal_of(error)
            if response is None:
                raise
            yield format_sse_event(data_str=bytes(response.body).decode("ascii"))
            return
        yield DONE

    async def _pieces(self) -> AsyncIterator[tuple[int, str]]:
        """(index of the choice, text), as the texts come; the prompt first if it is to be echoed."""
        n = self.asked.n
        for number, prompt in enumerate(self.asked.prompts):
            own = range(number * n, (number + 1) * n)
            if self.asked.echo and self.asked.stream:
                for index in own:
                    yield index, prompt
            async for piece in await self._open(prompt):
                for index, text in zip(own, piece, strict=True):
                    if shown := self.choices[index].add(text):
                        yield index, shown
                if all(self.choices[index].stopped for index in own):
                    break
            for index in own:
                if rest := self.choices[index].rest():
                    yield index, rest

    async def _open(self, prompt: str) -> AsyncIterator[list[str]]:
        asked = self.asked
        return await open_stream(self.run, prompt, length=asked.max_tokens, samples=asked.n, sampling=self.sampling)

    def _begin(self, index: int) -> str:
        return self.asked.prompts[index // self.asked.n] if self.asked.echo else ""

    def _choice(self, index: int, text: str, *, last: bool = True) -> dict[str, Any]:
        reason = ("stop" if self.choices[index].stopped else "length") if last else None
        return {"index": index, "text": text, "logprobs": None, "finish_reason": reason}

    def _object(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        about = {"id": self.id, "object": "text_completion", "created": self.created, "model": self.run.id}
        return {**about, "choices": choices}

    async def _usage(self) -> dict[str, int]:
        """Tokens of the prompts and of what was generated; of a text that was stopped, those that are shown."""
        loaded = self.run.loaded
        stopped = [each.text for each in self.choices if each.stopped]
        written = await self.run.worker.call(lambda: sum(text_tokens(loaded, each) for each in stopped))
        written += self.asked.max_tokens * (len(self.choices) - len(stopped))
        total = self.prompt_tokens + written
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": written, "total_tokens": total}


def _event(content: dict[str, Any]) -> bytes:
    return format_sse_event(data_str=json.dumps(content, separators=(",", ":")))
