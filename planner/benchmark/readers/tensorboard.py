"""TensorBoard event files: framed protocol buffers with a wall time and a step on every point.

The frame is TensorFlow's TFRecord (length, masked CRC-32C of the length, data, CRC); the message is Event of
tensorflow/core/util/event.proto. Only wall time, step, tag and plain values are read.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import IO

from planner.benchmark.content import Content
from planner.benchmark.reader import Reader, silent, steps_run
from planner.benchmark.record import EPOCHS, STEPS, BenchmarkRun, Status
from planner.benchmark.steady import Clock

FORMAT = "tensorboard_events"
LARGEST_EVENT = 1_000_000  # bytes
MOST_TAGS = 2_000
LATEST = 1e12  # seconds since 1970
PREFERRED = ("train/loss", "loss", "train_loss", "training/loss")
ULTRALYTICS = re.compile(r"metrics/.{1,60}\([A-Z]\)")  # its tags are logged once for each epoch
KERAS = "epoch_"  # and those of Keras that begin so


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


def frames(file: IO[bytes], size: int) -> Iterator[bytes]:
    """Messages of the file; large ones (pictures, graphs) and a last one that was cut off are passed over."""
    at = 0
    while len(head := file.read(12)) == 12:
        length = struct.unpack("<Q", head[:8])[0]
        at += 16 + length
        if at - 4 > size or struct.unpack("<I", head[8:])[0] != masked_crc(head[:8]):
            return
        if length > LARGEST_EVENT:
            file.seek(at)
            continue
        data = file.read(length)
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


def clocks(content: Content) -> dict[str, Clock]:
    """Seconds per step between the points of each tag."""
    found: dict[str, Clock] = {}
    with content.path.open("rb") as file:
        for message in frames(file, content.size):
            time, step, tags = 0.0, 0, []
            for number, value in fields(message):
                if number == 1 and isinstance(value, bytes) and len(value) == 8:
                    time = struct.unpack("<d", value)[0]
                elif number == 2 and isinstance(value, int):
                    step = value
                elif number == 5 and isinstance(value, bytes):
                    tags += [tag for n, one in fields(value) if n == 1 and isinstance(one, bytes) for tag in _tag(one)]
            for tag in tags:
                clock = found.get(tag)
                if clock is None and len(found) < MOST_TAGS:
                    clock = found[tag] = Clock()
                if clock is not None and abs(time) < LATEST:  # NaN is not
                    clock.tick(step, time)
    return found


def _tag(value: bytes) -> Iterator[str]:
    for number, one in fields(value):
        if number == 1 and isinstance(one, bytes):
            yield one.decode("utf-8", errors="replace")


def read(content: Content) -> list[BenchmarkRun]:
    """Seconds per step from the wall times of the loss, or of the tag with the most points."""
    series = {tag: seen for tag, seen in clocks(content).items() if seen.points > 1}
    train = {tag: seen for tag, seen in series.items() if not tag.lower().startswith(("eval", "val", "test"))}
    candidates = train or series
    if not candidates:
        return [silent(content, FORMAT, "benchmark.no_points", tool="TensorBoard")]
    tag = next((t for t in PREFERRED if t in candidates), max(candidates, key=lambda t: candidates[t].points))
    clock = candidates[tag]
    unit, status, warning = _unit(tag, series, clock)
    run = steps_run(
        content, FORMAT, clock.values, unit, "global", status=status, tool="TensorBoard",
        gross_s=max(clock.end[1] - clock.first[1], 0.0) if clock.first else None,
        facts={"tag": tag, "points": clock.points},
    )  # fmt: skip
    if run is None:
        return [silent(content, FORMAT, "benchmark.no_points", tool="TensorBoard")]
    return [run.warn(warning) if warning else run]


def _unit(tag: str, series: dict[str, Clock], clock: Clock) -> tuple[str, Status, str]:
    """What a step of the file is, by its tags; a point for every single step may be one for every epoch."""
    if tag.startswith(KERAS) or any(ULTRALYTICS.fullmatch(name) for name in series):
        return EPOCHS, "ok_coarse", "benchmark.validation_inside"
    steps = clock.end[0] - clock.first[0] if clock.first else 0.0
    return STEPS, "ok", "benchmark.step_may_be_epoch" if 0 < steps < clock.points else ""


READERS = (Reader(FORMAT, "TensorBoard events", recognises, read),)
