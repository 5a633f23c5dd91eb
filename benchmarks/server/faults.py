"""Does to a running server what networks and people do, and checks after each that it is ready and right.

    python benchmarks/server/faults.py http://127.0.0.1:8000 [--images FOLDER]

With --images every file below FOLDER is sent once as a photo. All counts are bounded; nothing but the server is
talked to. Exits with 1 if the server was not ready, or not right, after a fault.
"""

import argparse
import asyncio
import hashlib
import pathlib
import random
import struct
import sys
import zlib

from http_client import Client

HEAD = "POST /v1/predict?tasks=depth HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG that announces many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


class Faults:
    def __init__(self, url: str, photo: bytes, images: str | None):
        self.url, self.photo, self.images = url, photo, images

    async def raw(self, *parts: bytes, pause: float = 0, read: int = 0, reset: bool = False) -> bytes:
        """Sends parts with pauses, reads some bytes, and closes."""
        client = Client(self.url)
        await client.open()
        answer = b""
        try:
            for part in parts:
                client.writer.write(part)
                await client.writer.drain()
                await asyncio.sleep(pause)
            if read:
                answer = await asyncio.wait_for(client.reader.read(read), 60)
        except (ConnectionError, asyncio.TimeoutError):
            pass
        if reset:
            client.writer.transport.abort()
        await client.close()
        return answer

    async def slow_loris(self):
        """200 connections that never finish a head, or send a body byte by byte."""
        heads = [self.raw(b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-A: 1\r\n", b"X-B: 1\r\n", pause=1) for _ in range(100)]
        bodies = [self.raw(f"{HEAD}Content-Length: 100000\r\n\r\n".encode(), *[b"\xff"] * 3, pause=1) for _ in range(100)]
        attack = asyncio.gather(*heads, *bodies)
        await asyncio.sleep(0.5)
        client = Client(self.url)
        status, *_ = await client.predict(self.photo, "?tasks=depth")
        await client.close()
        await attack
        return {f"others are served meanwhile: {status}"}

    async def half_bodies(self):
        """Bodies that stop in the middle, with and without a reset."""
        start = f"{HEAD}Content-Length: {len(self.photo)}\r\n\r\n".encode() + self.photo[: len(self.photo) // 2]
        await asyncio.gather(*(self.raw(start, reset=bool(i % 2)) for i in range(50)))

    async def wrong_lengths(self):
        """Lengths that are negative, huge, double, or no numbers; broken chunks."""
        heads = ["Content-Length: -1", "Content-Length: 99999999999999999999", "Content-Length: abc",
                 "Content-Length: 5\r\nContent-Length: 6", "Transfer-Encoding: chunked\r\nContent-Length: 5",
                 "Content-Length: 9999999999"]
        answers = [await self.raw(f"{HEAD}{head}\r\n\r\nhello".encode(), read=12) for head in heads]
        for body in (b"zz\r\nhello\r\n", b"ffffffffffffffffff\r\n", b"5\r\nhello\r\n-1\r\n"):
            answers.append(await self.raw(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode() + body, read=12))
        return {answer[9:12].decode() or "closed" for answer in answers}

    async def aborted_downloads(self):
        """Clients that go while they wait, and after the first bytes of the answer."""
        whole = f"{HEAD}Content-Length: {len(self.photo)}\r\n\r\n".encode() + self.photo
        await asyncio.gather(*(self.raw(whole, read=i % 2 * 100, reset=i % 3 == 0) for i in range(24)))

    async def zeros(self):
        """64 MB of zeros: announced, and in chunks."""
        block = b"\0" * (1 << 20)
        announced = await self.raw(f"{HEAD}Content-Length: {64 << 20}\r\n\r\n".encode(), *[block] * 64, read=12)
        chunks = await self.raw(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode(),
                                *[b"100000\r\n" + block + b"\r\n"] * 64, b"0\r\n\r\n", read=12)
        return {answer[9:12].decode() or "closed" for answer in (announced, chunks)}

    async def bombs(self):
        """PNG files of a few bytes that announce up to 2^31 pixels a side."""
        client, found = Client(self.url), set()
        for size in ((1 << 31) - 1, 1), (60000, 60000), (50000, 999), (65535, 65535), (0, 5):
            found.add((await client.predict(bomb(*size)))[0])
        await client.close()
        return found

    async def garbage(self):
        """Seeded noise instead of HTTP, and damaged photos."""
        random.seed(1)
        await asyncio.gather(*(self.raw(random.randbytes(random.randrange(1, 4000)), read=12) for _ in range(100)))
        client, found = Client(self.url), set()
        for _ in range(60):
            damaged = bytearray(self.photo)
            for _ in range(random.randrange(1, 9)):
                damaged[random.randrange(len(damaged))] = random.randrange(256)
            found.add((await client.predict(bytes(damaged), "?tasks=depth&size=model"))[0])
        await client.close()
        return found

    async def broken_bodies(self):
        """Damaged forms and inference requests."""
        random.seed(2)
        form = (b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n' + self.photo
                + b"\r\n--x--\r\n")
        infer = b'{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3,32,32],"data":[' + b"0," * 3071 + b"0]}]}"
        models = (await self.get("/v1/models")).decode()
        name = models.split('"name":"', 1)[1].split('"', 1)[0]
        client, found = Client(self.url), {}
        for number in range(200):
            whole, path, kind = ((form, "/v1/predict?tasks=depth&size=model", "multipart/form-data; boundary=x"),
                                 (infer, f"/v2/models/{name}/infer", "application/json"))[number % 2]
            body = bytearray(whole)
            for _ in range(random.randrange(1, 5)):
                place = random.choice([random.randrange(len(body)), random.randrange(min(len(body), 100))])
                body[place:place + random.randrange(9)] = random.randbytes(random.randrange(9))
            status, *_ = await client.request("POST", path, bytes(body), {"Content-Type": kind})
            found[status] = found.get(status, 0) + 1
        await client.close()
        return found

    async def get(self, path: str) -> bytes:
        client = Client(self.url)
        _, _, contents = await client.request("GET", path)
        await client.close()
        return contents

    async def long_heads(self):
        """A head of 10 MB, and one of 10000 fields."""
        await self.raw(b"GET / HTTP/1.1\r\nX: " + b"a" * (10 << 20), read=12)
        await self.raw(b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 10000 + b"\r\n", read=12)

    async def all_images(self):
        """Every file of the folder."""
        client, found = Client(self.url), {}
        for path in sorted(pathlib.Path(self.images or "/nonexistent").rglob("*")):
            if path.is_file():
                status, *_ = await client.predict(path.read_bytes(), "?tasks=depth&size=model")
                found[status] = found.get(status, 0) + 1
        await client.close()
        return found

    async def check(self, expected: str) -> bool:
        client = Client(self.url)
        ready, *_ = await client.request("GET", "/v2/health/ready")
        status, _, contents = await client.predict(self.photo, "?tasks=depth")
        await client.close()
        return ready == 200 and status == 200 and hashlib.sha256(contents).hexdigest() == expected

    async def run(self) -> bool:
        client = Client(self.url)
        expected = hashlib.sha256((await client.predict(self.photo, "?tasks=depth"))[2]).hexdigest()
        await client.close()
        isFine = True
        for fault in (self.slow_loris, self.half_bodies, self.wrong_lengths, self.aborted_downloads, self.zeros,
                      self.bombs, self.garbage, self.broken_bodies, self.long_heads, self.all_images):
            found = await fault()
            fine = await self.check(expected)
            isFine &= fine
            print(f"{fault.__name__:18} {'ready and right' if fine else 'NOT READY OR NOT RIGHT'}  {found or ''}", flush=True)
        return isFine


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("url")
parser.add_argument("--photo", default="examples/room.jpg")
parser.add_argument("--images")
options = parser.parse_args()
photo = open(options.photo, "rb").read()
sys.exit(0 if asyncio.run(Faults(options.url, photo, options.images).run()) else 1)
