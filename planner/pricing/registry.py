"""The price sources there are: those of the planner, and those that other packages bring by entry point."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from planner.errors import Message, PriceError
from planner.layers import OWN
from planner.pricing import (
    akash,
    aws,
    azure,
    exchange,
    gcp,
    gpuhunt_catalogue,
    ibm,
    lambda_cloud,
    oci,
    runpod,
    token_prices,
    vast,
)
from planner.pricing.nouns import PriceSource
from planner.units import close_matches

GROUP = "planner.price_sources"
BUILT_IN: tuple[PriceSource, ...] = (
    aws.SOURCE,
    gcp.SOURCE,
    azure.SOURCE,
    vast.SOURCE,
    runpod.SOURCE,
    lambda_cloud.SOURCE,
    oci.SOURCE,
    ibm.SOURCE,
    akash.SOURCE,
    gpuhunt_catalogue.SOURCE,
    exchange.EUROPEAN_CENTRAL_BANK,
    exchange.BANK_OF_CANADA,
    token_prices.SOURCE,
)


@cache
def _found() -> tuple[dict[str, PriceSource], tuple[Message, ...]]:
    known = {source.id: source for source in BUILT_IN}
    notes = []
    for entry in entry_points(group=GROUP):
        try:
            source = entry.load()
        except Exception as error:  # whatever a foreign package raises, the others stay
            notes.append(Message("pricing.plugin_failed", {"name": entry.name, "problem": type(error).__name__}))
            continue
        if not isinstance(source, PriceSource):
            notes.append(Message("pricing.plugin_no_source", {"name": entry.name}))
        elif source.id in known or source.id == OWN or not source.id.isidentifier():
            notes.append(Message("pricing.plugin_id_taken", {"name": entry.name, "id": source.id}))
        else:
            known[source.id] = source
    return known, tuple(notes)


def price_sources() -> dict[str, PriceSource]:
    """All sources by id."""
    return dict(_found()[0])


def plugin_problems() -> tuple[Message, ...]:
    """Why a source of another package is not among them."""
    return _found()[1]


def chosen(names: list[str] | tuple[str, ...]) -> list[PriceSource]:
    """The sources of these ids, all for none. Raises PriceError with close matches."""
    known = price_sources()
    for name in names:
        if name not in known:
            near = close_matches(name, known) or tuple(known)
            raise PriceError("pricing.unknown_source", close=near, name=name)
    return [known[name] for name in dict.fromkeys(names)] if names else list(known.values())
