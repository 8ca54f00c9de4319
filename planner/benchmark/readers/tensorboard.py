"""TensorBoard event files: framed protocol buffers with a wall time and a step on every point.

The frame is TensorFlow's TFRecord (length, masked CRC-32C of the length, data, CRC); the message is Event of
tensorflow/core/util/event.proto. Only wall time, step, tag and plain values are read.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from typing import IO

from planner.benchmark.content import Content
from planner.benchmark.reader import Reader, run_of, silent, steps_run
from planner.benchmark.record import STEPS, BenchmarkRun
from planner.benchmark.steady import intervals

FORMAT = "tensorboard_events"
LARGEST_EVENT = 64_000_000
PREFERRED = ("train/loss", "loss", "train_loss", "training/loss")


def _table() -> list[int]:
    table = []
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ 0x82F63B78 if i & 1 else i >> 1
        table.append(i)
    return table


_CRC = _table()


def masked_crc(data: bytes) -> int:
    """CRC-32C of a few bytes, masked as TFRecord does.

    >>> hex(masked_crc(b""))
    '0xa282ead8'
    """
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 255] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def recognises(content: Content) -> bool:
    """A first frame whose length agrees with its check sum."""
    head = content.first_bytes
    return len(head) >= 12 and struct.unpack("<I", head[8:12])[0] == masked_crc(head[:8])


def frames(file: IO[bytes]) -> Iterator[bytes]:
    """Messages of the file; a last one that was cut off is passed over."""
    while len(head := file.read(12)) == 12:
        length = struct.unpack("<Q", head[:8])[0]
        if struct.unpack("<I", head[8:])[0] != masked_crc(head[:8]) or length > LARGEST_EVENT:
            return
        data = file.read(length)
        if len(data) < length:
            return
        file.read(4)
        yield data


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a message; stops where it makes no sense."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind, value = key & 7, b""
        if kind == 0:
            found, at = _varint(data, at)
            yield key >> 3, found
            continue
        if kind == 1:
            value, at = data[at : at + 8], at + 8
        elif kind == 5:
            value, at = data[at : at + 4], at + 4
        elif kind == 2:
            length, at = _varint(data, at)
            value, at = data[at : at + length], at + length
        else:
            return
        yield key >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            break
    return value, at


def points(content: Content) -> dict[str, list[tuple[int, float]]]:
    """Step and wall time of each point, by tag."""
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    with content.path.open("rb") as file:
        for message in frames(file):
            time, step, tags = 0.0, 0, []
            for number, value in fields(message):
                if number == 1 and isinstance(value, bytes) and len(value) == 8:
                    time = struct.unpack("<d", value)[0]
                elif number == 2 and isinstance(value, int):
                    step = value
                elif number == 5 and isinstance(value, bytes):
                    tags += [tag for n, one in fields(value) if n == 1 and isinstance(one, bytes) for tag in _tag(one)]
            for tag in tags:
                found[tag].append((step, time))
    return found


def _tag(value: bytes) -> Iterator[str]:
    for number, one in fields(value):
        if number == 1 and isinstance(one, bytes):
            yield one.decode("utf-8", errors="replace")


def read(content: Content) -> list[BenchmarkRun]:
    """Seconds per step from the wall times of the loss, or of the tag with the most points."""
    series = {tag: seen for tag, seen in points(content).items() if len(seen) > 1}
    train = {tag: seen for tag, seen in series.items() if not tag.lower().startswith(("eval", "val", "test"))}
    candidates = train or series
    if not candidates:
        return [silent(content, FORMAT, "benchmark.no_points", tool="TensorBoard")]
    tag = next((t for t in PREFERRED if t in candidates), max(candidates, key=lambda t: len(candidates[t])))
    steps, times = zip(*candidates[tag], strict=True)
    run = steps_run(
        content, FORMAT, intervals(steps, times), STEPS, "global", tool="TensorBoard", gross_s=max(times) - min(times),
        facts={"tag": tag, "points": len(steps)},
    )  # fmt: skip
    return [run or run_of(content, FORMAT, "no_throughput", tool="TensorBoard").warn("benchmark.no_points")]


READERS = (Reader(FORMAT, "TensorBoard events", recognises, read),)
