"""Loads a running server and prints what it did, as one line of JSON for each experiment.

    mtan serve --port 8000 &
    python benchmarks/server/load.py http://127.0.0.1:8000 idle saturate overload soak

idle       requests one at a time: what the server adds to decode + inference + encode
saturate   a few connections, closed loop: images per second
overload   64 connections, closed loop: only 200 and 429, and how long the accepted ones take
soak       many requests: resident memory after half as many to warm up, and at the end
"""

import argparse
import asyncio
import json
import re
import time

from http_client import Client


def percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


def steps(header: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"(\w+);dur=([\d.]+)", header)}


async def memory(url: str) -> float:
    client = Client(url)
    _, _, text = await client.request("GET", "/metrics")
    await client.close()
    return float(re.search(rb"^process_resident_memory_bytes (\S+)", text, re.M)[1]) / 2**20


async def idle(options, photo: bytes) -> dict:
    client, added, totals = Client(options.url), [], []
    for _ in range(options.requests):
        start = time.perf_counter()
        status, fields, _ = await client.predict(photo, options.query)
        total = 1000 * (time.perf_counter() - start)
        assert status == 200, status
        parts = steps(fields["server-timing"])
        totals.append(total)
        added.append(total - parts["decode"] - parts["inference"] - parts["encode"])
    await client.close()
    return {"requests": len(totals), "median ms": round(percentile(totals, 0.5), 1),
            "added median ms": round(percentile(added, 0.5), 2), "added p95 ms": round(percentile(added, 0.95), 2)}


async def crowd(options, photo: bytes, connections: int, seconds: float | None, requests: int | None):
    """Closed loops on some connections: times of the accepted, counts by status, seconds."""
    times, counts = [], {}
    left = requests if requests is not None else 1 << 60
    end = time.perf_counter() + (seconds or 1e9)

    async def one():
        nonlocal left
        client = Client(options.url)
        while left > 0 and time.perf_counter() < end:
            left -= 1
            start = time.perf_counter()
            status, fields, _ = await client.predict(photo, options.query)
            counts[status] = counts.get(status, 0) + 1
            if status == 200:
                times.append(time.perf_counter() - start)
            else:
                await asyncio.sleep(options.pause)
        await client.close()

    start = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return times, counts, time.perf_counter() - start


def summary(times, counts, seconds) -> dict:
    return {"seconds": round(seconds, 1), "by status": counts, "images per second": round(len(times) / seconds, 2),
            "p50 s": round(percentile(times, 0.5), 3), "p99 s": round(percentile(times, 0.99), 3),
            "max s": round(max(times, default=0), 3)}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("experiments", nargs="+", choices=["idle", "saturate", "overload", "soak"])
    parser.add_argument("--photo", default="examples/screen.jpg")
    parser.add_argument("--query", default="", help="such as ?tasks=depth")
    parser.add_argument("--seconds", type=float, default=30, help="of saturate and overload")
    parser.add_argument("--requests", type=int, default=30, help="of idle and soak")
    parser.add_argument("--connections", type=int, default=4, help="of saturate and soak")
    parser.add_argument("--pause", type=float, default=0.05, help="seconds after a 429")
    options = parser.parse_args()
    photo = open(options.photo, "rb").read()
    for name in options.experiments:
        before = await memory(options.url)
        if name == "idle":
            result = await idle(options, photo)
        elif name == "soak":
            warm = await crowd(options, photo, options.connections, None, max(options.requests // 2, 1))
            before = await memory(options.url)
            result = {"warm-up": warm[1], **summary(*await crowd(options, photo, options.connections, None, options.requests))}
        else:
            connections = 64 if name == "overload" else options.connections
            result = summary(*await crowd(options, photo, connections, options.seconds, None))
        after = await memory(options.url)
        print(json.dumps({"experiment": name, **result, "MiB before": round(before, 1), "MiB after": round(after, 1)}),
              flush=True)


asyncio.run(main())
