"""The way to the network that a source is given: one deadline, retries with jitter, capped pages, keys kept apart."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from httpx_retries import Retry, RetryTransport

from planner.errors import Message, PriceError

PAGES = 400  # of one question: the longest list known has about 150
LARGEST_ANSWER = 600_000_000  # bytes: AWS publishes one file a region of some hundred millions
USER_AGENT = "compute-planner"
SHORTEST_KEY = 8
_KEY_NAME = re.compile(r"KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL")


class DeadlinePassed(Exception):
    """The time for the whole refresh is over."""


@dataclass
class Wire:
    """One source's way to the network.

    base: address of the server. ends_at: moment on the monotonic clock at which everything stops. regions: those
    asked for, empty: the source's own choice. known_instances: instance types of the bundled data.
    """

    source: str
    base: str
    ends_at: float
    regions: Sequence[str] = ()
    connect_s: float = 5.0
    read_s: float = 30.0
    attempts: int = 4
    known_instances: Sequence[str] = ()
    secrets: set[str] = field(default_factory=lambda: secrets_of_environment(), repr=False)
    _client: httpx.Client | None = field(default=None, repr=False)

    def remaining(self) -> float:
        """Seconds that are left. Raises DeadlinePassed when none is."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise DeadlinePassed
        return left

    def secret(self, *names: str) -> str | None:
        """The first of these environment variables that is set; kept out of every message."""
        for name in names:
            if value := os.environ.get(name, "").strip():
                self.secrets.add(value)
                return value
        return None

    def get(
        self, path: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """Body of an answer. Raises httpx.HTTPError or DeadlinePassed."""
        return self._send("GET", path, params=params, headers=headers)

    def post(self, path: str, *, json: Any, headers: Mapping[str, str] | None = None) -> bytes:
        """Body of the answer to a JSON question. Raises httpx.HTTPError or DeadlinePassed."""
        return self._send("POST", path, json=json, headers=headers)

    def _send(self, method: str, path: str, **how: Any) -> bytes:
        self.remaining()
        with self.client.stream(method, self.base + path, timeout=self._timeout(), **how) as answer:
            answer.raise_for_status()
            parts, size = [], 0
            for part in answer.iter_bytes():
                self.remaining()
                size += len(part)
                if size > LARGEST_ANSWER:
                    raise httpx.DecodingError("answer too large")
                parts.append(part)
        return b"".join(parts)

    def lines(self, path: str) -> Any:
        """Lines of an answer as they come, for files that are larger than memory should hold."""
        self.remaining()
        with self.client.stream("GET", self.base + path, timeout=self._timeout()) as answer:
            answer.raise_for_status()
            yield from answer.iter_lines()

    def _timeout(self) -> httpx.Timeout:
        left = self.remaining()
        return httpx.Timeout(min(self.read_s, left), connect=min(self.connect_s, left))

    @property
    def client(self) -> httpx.Client:
        """The HTTP client: redirects are not followed, tries again on 429 and 5xx as the server asks."""
        if self._client is None:
            left = self.remaining()
            retry = Retry(
                total=self.attempts - 1, allowed_methods=["GET", "POST"], status_forcelist=[429, 500, 502, 503, 504],
                backoff_factor=0.5, max_backoff_wait=min(30.0, left), total_timeout=left,
            )  # fmt: skip
            headers = {"User-Agent": USER_AGENT, "Accept": "application/json, text/csv, */*"}
            self._client = httpx.Client(transport=RetryTransport(retry=retry), headers=headers)
        return self._client

    def close(self) -> None:
        """Gives the connections back."""
        if self._client is not None:
            self._client.close()

    def clean(self, text: str) -> str:
        """A text without the keys that were used."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return text


def secrets_of_environment() -> set[str]:
    """Values of the variables that look like keys: no message may hold one, whoever sent it back."""
    return {value for name, value in os.environ.items() if len(value) >= SHORTEST_KEY and _KEY_NAME.search(name)}


def host(url: str) -> str:
    """Name of the server of an address."""
    return urlsplit(url).hostname or url


def reason_of(error: Exception, wire: Wire) -> Message:
    """Why a question got no answer, in words for a person."""
    facts: dict[str, object] = {"host": host(wire.base)}
    if isinstance(error, PriceError):
        return Message(error.key, {name: wire.clean(str(value)) for name, value in error.arguments.items()})
    if isinstance(error, DeadlinePassed):
        return Message("pricing.late", facts)
    if isinstance(error, httpx.HTTPStatusError):
        status = error.response.status_code
        key = "pricing.denied" if status in (401, 403) else "pricing.busy" if status == 429 else "pricing.status"
        return Message(key, facts | {"status": status})
    if isinstance(error, httpx.TimeoutException):
        return Message("pricing.timeout", facts)
    if isinstance(error, httpx.ConnectError):
        return Message("pricing.no_network", facts)
    if isinstance(error, httpx.HTTPError):
        return Message("pricing.broken_off", facts)
    if isinstance(error, OSError):
        return Message("pricing.no_network", facts)
    return Message("pricing.problem", facts | {"problem": wire.clean(f"{type(error).__name__}: {error}")[:200]})
