"""One server on this machine that answers like all providers; the clients that ask it are the real ones.

`served` holds what each provider answers, built by the tests. `faults` makes a provider misbehave:
a function (path, body of the answer) → (status, body, headers), or "drop" to break off half way.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

EC2 = "http://ec2.amazonaws.com/doc/2016-11-15/"
KEYS = {
    "AWS_ACCESS_KEY_ID": "test-aws-id", "AWS_SECRET_ACCESS_KEY": "test-aws-secret",
    "GOOGLE_API_KEY": "test-google-secret",
    "LAMBDA_API_KEY": "test-lambda-secret", "RUNPOD_API_KEY": "test-runpod-secret", "VAST_API_KEY": "test-vast-secret",
}  # fmt: skip


class Loopback:
    """The server with its tables. Use as a context manager; `environment()` sends all sources to it."""

    def __init__(self) -> None:
        self.served: dict[str, Any] = {}
        self.faults: dict[str, Callable[[str, bytes], tuple[int, bytes, dict[str, str]] | str]] = {}
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.server.handle_error = lambda *where: None  # clients that hang up are part of the tests
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Loopback:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def environment(self) -> dict[str, str]:
        """Variables that send every source here, whatever credentials there are."""
        names = ("azure", "vast", "runpod", "lambda", "oci", "ibm", "akash", "gpuhunt", "ecb", "bank_of_canada",
                 "token_prices", "gcp", "aws", "aws_spot_advisor")  # fmt: skip
        found = {f"PLANNER_{name.upper()}_URL": f"{self.base}/{name}" for name in names}
        found |= {
            f"AWS_ENDPOINT_URL_{name}": f"{self.base}/aws-{name.lower()}" for name in ("PRICING", "EC2", "SAVINGSPLANS")
        }
        return found | {"AWS_EC2_METADATA_DISABLED": "true"}

    def asked(self, source: str) -> list[tuple[str, str, dict[str, str], bytes]]:
        """What was asked of a source: method and path, headers, body."""
        return [one for one in self.requests if one[1].startswith(f"/{source}")]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *words: object) -> None:
                pass

            def do_GET(self) -> None:
                self.answer(b"")

            def do_POST(self) -> None:
                self.answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            def answer(self, body: bytes) -> None:
                loopback.requests.append((self.command, self.path, dict(self.headers), body))
                source = urlsplit(self.path).path.split("/")[1]
                status, answer, headers = loopback.reply(source, self.path, dict(self.headers), body)
                fault = loopback.faults.get(source)
                spoiled = fault(self.path, answer) if fault else None
                if spoiled == "drop":
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(answer) + 1000))
                    self.end_headers()
                    self.wfile.write(answer[: len(answer) // 2])
                    self.close_connection = True
                    return
                if spoiled is not None:
                    status, answer, headers = spoiled
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        return Handler

    def reply(self, source: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes, dict[str, str]]:
        """What a provider answers to a question."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        answer = getattr(self, f"_{source.replace('-', '_')}", self._plain)(source, path, query, body)
        kind = (
            "text/xml"
            if source == "aws-ec2"
            else "application/x-amz-json-1.1"
            if source == "aws-pricing"
            else "application/json"
        )
        if answer is None:
            return 404, b"{}", {"Content-Type": kind}
        return 200, answer, {"Content-Type": kind}

    def _plain(self, source: str, path: str, query: dict[str, str], body: bytes) -> bytes | None:
        """A source with one answer, or one for each path after its name."""
        served = self.served.get(source)
        if isinstance(served, dict):
            return served.get(urlsplit(path).path.removeprefix(f"/{source}"))
        return served

    def _azure(self, source: str, path: str, query: dict[str, str], body: bytes) -> bytes | None:
        """Pages by $skip; the link names the provider's own server, as the real one does."""
        from payloads import azure_page

        items, size = self.served.get("azure", []), 1000
        region = query.get("$filter", "").partition("armRegionName eq '")[2].partition("'")[0]
        items = [item for item in items if not region or item["armRegionName"] == region]
        skip = int(query.get("$skip", 0))
        more = skip + size < len(items)
        link = f"https://prices.azure.com:443/api/retail/prices?$skip={skip + size}" if more else None
        return azure_page(items[skip : skip + size], link)

    def _oci(self, source: str, path: str, query: dict[str, str], body: bytes) -> bytes | None:
        return json.dumps({"items": self.served.get("oci", []), "hasMore": False}).encode()

    def _gcp(self, source: str, path: str, query: dict[str, str], body: bytes) -> bytes | None:
        """Pages of SKUs of a service."""
        service = path.split("/services/")[1].split("/")[0]
        skus, size = self.served.get("gcp", {}).get(service, []), int(query.get("pageSize", 5000))
        first = int(query.get("pageToken") or 0)
        token = str(first + size) if first + size < len(skus) else ""
        return json.dumps({"skus": skus[first : first + size], "nextPageToken": token}).encode()

    def _aws_pricing(self, source: str, path: str, query: dict[str, str], body: bytes) -> bytes | None:
        """GetProducts: the filters hold, one hundred records a page."""
        asked = json.loads(body)
        wanted = {one["Field"]: one["Value"] for one in asked.get("Filters", [])}
        records = self.served.get("aws", {}).get("products", {}).get(wanted.get("instanceType", ""), [])
        found = []
        for record in records:
            facts = json.loads(record)["product"]["attributes"]
            if all(facts.get(name, value) == value for name, value in wanted.items()):
                found.append(record)
        first = int(asked.get("NextToken") or 0)
        more = {"NextToken": str(first + 100)} if first + 100 < len(found) else {}
        return json.dumps({"FormatVersion": "aws_v1", "PriceList": found[first : first + 100]} | more).encode()

    def _aws_savingsplans(self, source: str, path: str, query: dict[str, str], body: bytes) -> bytes | None:
        asked = json.loads(body or b"{}")
        names = {value for one in asked.get("filters", []) if one["name"] == "instanceType" for value in one["values"]}
        found = [
            record for record in self.served.get("aws", {}).get("savings", [])
            if {p["value"] for p in record["properties"] if p["name"] == "instanceType"} & names
        ]  # fmt: skip
        return json.dumps({"searchResults": found}).encode()

    def _aws_ec2(self, source: str, path: str, query: dict[str, str], body: bytes) -> bytes | None:
        """EC2's query protocol: a form goes in, XML comes out. The region is the one of the signature."""
        form = parse_qs(body.decode())
        action, served = form["Action"][0], self.served.get("aws", {})
        region = self.requests[-1][2].get("Authorization", "").split("/")[2:3]
        place = region[0] if region else ""
        if action == "DescribeInstanceTypes":
            inner = _list("instanceTypeSet", served.get("types", []))
        elif action == "DescribeSpotPriceHistory":
            inner = _list(
                "spotPriceHistorySet", [r for r in served.get("spot", []) if r["AvailabilityZone"][:-1] == place]
            )
        else:
            name = form["InstanceType"][0]
            blocks = [
                r for r in served.get("blocks", []) if r["AvailabilityZone"][:-1] == place and r["InstanceType"] == name
            ]
            inner = _list("capacityBlockOfferingSet", blocks)
        return f'<{action}Response xmlns="{EC2}">{inner}</{action}Response>'.encode()


_SETS = {"Gpus": "gpus", "SupportedUsageClasses": "supportedUsageClasses"}


def _list(tag: str, items: list[Any]) -> str:
    return f"<{tag}>" + "".join(f"<item>{_xml(item)}</item>" for item in items) + f"</{tag}>"


def _xml(value: Any) -> str:
    """A value as EC2 writes it: members in lower camel case, lists as items."""
    if isinstance(value, dict):
        parts = []
        for name, member in value.items():
            tag = _SETS.get(name, name[0].lower() + name[1:])
            tag = "vCpuInfo" if name == "VCpuInfo" else "defaultVCpus" if name == "DefaultVCpus" else tag
            parts.append(_list(tag, member) if isinstance(member, list) else f"<{tag}>{_xml(member)}</{tag}>")
        return "".join(parts)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def slow(seconds: float) -> Callable[[str, bytes], tuple[int, bytes, dict[str, str]]]:
    """A provider that takes its time."""

    def fault(path: str, answer: bytes) -> tuple[int, bytes, dict[str, str]]:
        time.sleep(seconds)
        return 200, answer, {}

    return fault


def status(code: int, times: int | None = None, **headers: str) -> Callable[[str, bytes], Any]:
    """A provider that answers with a status, always or the first times."""
    left = [times]

    def fault(path: str, answer: bytes) -> Any:
        if left[0] is None or left[0] > 0:
            left[0] = None if left[0] is None else left[0] - 1
            return code, b"{}", {name.replace("_", "-"): value for name, value in headers.items()}
        return 200, answer, {}

    return fault


def half(path: str, answer: bytes) -> str:
    """A provider that breaks off half way."""
    return "drop"


def rewritten(change: Callable[[bytes], bytes]) -> Callable[[str, bytes], tuple[int, bytes, dict[str, str]]]:
    """A provider whose answer is changed."""
    return lambda path, answer: (200, change(answer), {})
