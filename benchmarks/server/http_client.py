"""A small HTTP/1.1 client on asyncio, so that load and faults need nothing but Python."""

import asyncio
import urllib.parse


class Client:
    """One connection, kept alive between requests and opened anew where it was closed."""

    def __init__(self, url: str):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.reader = self.writer = None

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)

    async def request(self, method: str, path: str, body: bytes = b"", headers: dict | None = None):
        """The status, the headers in lower case, and the body."""
        fields = {"Host": f"{self.host}:{self.port}", "Content-Length": str(len(body)), **(headers or {})}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n"
        if self.writer is None:
            await self.open()
        self.writer.write(head.encode() + body)
        await self.writer.drain()
        status, fields = await self.read_head()
        contents = await self.reader.readexactly(int(fields.get("content-length", 0)))
        if fields.get("connection") == "close":
            await self.close()
        return status, fields, contents

    async def read_head(self):
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        return int(lines[0].split()[1]), fields

    async def predict(self, photo: bytes, query: str = "", headers: dict | None = None):
        kind = "image/png" if photo[:1] == b"\x89" else "image/jpeg"
        return await self.request("POST", f"/v1/predict{query}", photo, {"Content-Type": kind, **(headers or {})})

    async def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
            self.reader = self.writer = None
