"""Requests as a server hands them to an application, and what the application sends: hang-ups and slow clients are a
matter of when a message comes."""

import asyncio
import json

HEADERS = {"host": "127.0.0.1:8000", "content-type": "application/json"}


class Exchange:
    """One request. `parts`: the body as it arrives; after them the client waits for `hang_up`."""

    def __init__(self, method="GET", path="/health", parts=(b"",), headers=None, **more):
        given = {**HEADERS, **(headers or {})}
        encoded = [(name.encode(), value.encode()) for name, value in given.items() if value is not None]
        self.scope = {
            "type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
            "query_string": b"", "headers": encoded, "scheme": "http", "server": ("127.0.0.1", 8000), "state": {},
            **more,
        }  # fmt: skip
        self.parts, self.sent, self.gone = list(parts), [], asyncio.Event()

    async def receive(self):
        if self.parts:
            part = self.parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(self.parts)}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)

    async def through(self, app):
        await asyncio.wait_for(app(self.scope, self.receive, self.send), 20)
        return self

    @property
    def status(self):
        return self.sent[0]["status"] if self.sent else None

    @property
    def headers(self):
        return {name.decode().lower(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def error(self):
        return json.loads(b"".join(each.get("body", b"") for each in self.sent[1:]))["error"]


def posted(path, body, **settings):
    return Exchange("POST", path, [json.dumps(body).encode()], **settings)
