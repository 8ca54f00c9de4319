"""From what a source says to rows of the price book: names resolved, hosts gathered, flags set, prices believed."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from planner.errors import Message, PriceError
from planner.layers import OFFERS
from planner.offer_rows import (
    CATEGORIES,
    TERMS,
    OfferRow,
    flag_outliers,
    flag_spot,
    join_flags,
    peer_medians,
    per_accelerator,
    series,
)
from planner.pricing.catalogue import Catalogue
from planner.pricing.nouns import Quote

# Of 8,035 prices gathered in 2026 the furthest lies 17 times from the median of its accelerator and category, all
# others within 7 times: an answer beyond these bounds has another unit or another meaning.
FAR_FROM_PEERS = 30.0
FAR_FROM_OWN = 20.0
LEAST, MOST = 0.002, 250.0  # per accelerator-hour: a tenth of the cheapest gathered price, five times the dearest
NAMED_AT_MOST = 6
KINDS = {
    "aws": "hyperscaler", "gcp": "hyperscaler", "azure": "hyperscaler", "oci": "hyperscaler", "ibm": "hyperscaler",
    "vast": "marketplace", "akash": "marketplace",
}  # fmt: skip


def number(value: float | None) -> str:
    """A number as a cell: as many digits as it has, none for nothing.

    >>> number(8.0), number(0.1 + 0.2), number(None)
    ('8', '0.3', '')
    """
    return "" if value is None else f"{value:.12g}"


def offer_rows(
    quotes: Iterable[Quote], catalogue: Catalogue, today: dt.date
) -> tuple[dict[str, list[OfferRow]], list[Message]]:
    """Rows of the offers' tables, by table, and what was left out.

    Raises PriceError: two prices for one thing, or a price that cannot be one.
    """
    named, unknown = _named(quotes, catalogue)
    named, notes = _gathered(named, catalogue)
    rows = [_row(quote, accelerator, ambiguous, catalogue, today) for quote, accelerator, ambiguous in named]
    rows, twins = _one_of_each(rows)
    notes += twins
    _refuse_unbelievable(rows, catalogue)
    flag_spot(rows, rows)
    others = [offer.row.cells for offer in catalogue.book.offers]
    flag_outliers(rows, peer_medians([*others, *rows]))
    if unknown:
        names = ", ".join(sorted(unknown)[:NAMED_AT_MOST]) + (" …" if len(unknown) > NAMED_AT_MOST else "")
        notes.append(Message("pricing.unknown_names", {"count": len(unknown), "names": names}))
    tables: dict[str, list[OfferRow]] = defaultdict(list)
    for row in rows:
        tables[f"{OFFERS}{row['provider']}.csv"].append(row)
    return dict(tables), notes


Known = tuple[Quote, str, bool]


def _named(quotes: Iterable[Quote], catalogue: Catalogue) -> tuple[list[Known], set[str]]:
    """Quotes with the accelerator that they mean; hosts without one are not asked for."""
    found, unknown = [], set()
    for quote in quotes:
        machine = catalogue.machine(quote.provider, quote.instance_type)
        if machine is not None:
            count = quote.accelerator_count or machine.accelerator_count
            found.append((quote.but(accelerator_count=count), machine.accelerator, False))
        elif quote.accelerator and quote.accelerator_count:
            name = catalogue.name(quote.accelerator, quote.provider, quote.memory_gib)
            if name is None:
                unknown.add(quote.accelerator)
            else:
                found.append((quote, name.accelerator, name.ambiguous))
    return found, unknown


def _gathered(named: Sequence[Known], catalogue: Catalogue) -> tuple[list[Known], list[Message]]:
    """The asks of single hosts as the lowest and the median of each kind of machine and country.

    An ask that is far from its peers is left out: anybody may ask anything.
    """
    plain = [known for known in named if not known[0].ask]
    groups: dict[tuple[object, ...], list[Known]] = defaultdict(list)
    for known in named:
        quote, accelerator, _ = known
        if quote.ask:
            key = (quote.provider, accelerator, quote.accelerator_count, quote.region, quote.purchase_model)
            groups[key].append(known)
    peers = _medians((a, _category(q), q.unit_price / q.accelerator_count) for q, a, _ in named if q.ask)
    odd = 0
    for members in groups.values():
        quote, accelerator, _ = members[0]
        middle = peers[(accelerator, _category(quote))]
        kept = [
            k for k in members if 1 / FAR_FROM_OWN <= k[0].unit_price / k[0].accelerator_count / middle <= FAR_FROM_OWN
        ]
        odd += len(members) - len(kept)
        if kept:
            plain += _lowest_and_median(kept)
    return plain, [Message("pricing.odd_asks", {"count": odd})] if odd else []


def _lowest_and_median(members: Sequence[Known]) -> list[Known]:
    quote, accelerator, _ = members[0]
    ambiguous = any(known[2] for known in members)
    prices = [known[0].unit_price for known in members]
    count = f"{quote.accelerator_count:g}x {accelerator}"
    made = []
    for statistic, price in (("lowest", min(prices)), ("median", statistics.median(prices))):
        note = f"{statistic} of {len(prices)} offers" + (f"; {quote.note}" if quote.note else "")
        one = quote.but(instance_type=count, unit_price=price, statistic=statistic, note=note, ask=False)
        made.append((one, accelerator, ambiguous))
    return made


def _category(quote: Quote) -> str:
    return CATEGORIES[quote.purchase_model]


def _medians(prices: Iterable[tuple[str, str, float]]) -> dict[tuple[str, str], float]:
    groups: dict[tuple[str, str], list[float]] = defaultdict(list)
    for accelerator, category, price in prices:
        groups[(accelerator, category)].append(price)
    return {key: statistics.median(values) for key, values in groups.items()}


def _row(quote: Quote, accelerator: str, ambiguous: bool, catalogue: Catalogue, today: dt.date) -> OfferRow:
    machine = catalogue.machine(quote.provider, quote.instance_type)
    memory = quote.memory_gib or catalogue.reference.accelerators[accelerator].row.number("memory_gib")
    if machine is not None:
        memory = machine.accelerator_memory_gib or memory
    nowhere = machine is not None and quote.region in machine.absent_from
    term = number(quote.term_months) if quote.term_months else TERMS.get(quote.purchase_model, "")
    return {
        "provider": quote.provider,
        "provider_name": _known_cell(catalogue, quote.provider, "provider_name") or quote.provider,
        "provider_kind": _known_cell(catalogue, quote.provider, "provider_kind")
        or KINDS.get(quote.provider, "neocloud"),
        "instance_type": quote.instance_type,
        "region": quote.region or "unspecified",
        "accelerator": accelerator,
        "accelerator_ambiguous": "yes" if ambiguous else "",
        "accelerator_memory_gib": number(memory),
        "accelerator_count": number(quote.accelerator_count),
        "sold_by": "",
        "linked": number(quote.linked or (machine.linked if machine else None)),
        "vcpus": number(quote.vcpus or (machine.vcpus if machine else None)),
        "memory_gib": number(quote.host_memory_gib or (machine.memory_gib if machine else None)),
        "purchase_model": quote.purchase_model,
        "pricing_category": _category(quote),
        "term_months": term,
        "payment": quote.payment,
        "statistic": quote.statistic,
        "unit_price_per_hour": number(quote.unit_price),
        "currency": quote.currency,
        "observed_on": quote.observed_on or today.isoformat(),
        "source": quote.source,
        "note": quote.note,
        "flag": join_flags(quote.flag, "not_available_there" if nowhere else ""),
    }


def _known_cell(catalogue: Catalogue, provider: str, column: str) -> str:
    return catalogue.provider_cells(provider).get(column, "")


def _one_of_each(rows: Sequence[OfferRow]) -> tuple[list[OfferRow], list[Message]]:
    """One row of each series; where an answer has two prices for one thing, neither."""
    groups: dict[tuple[str, ...], list[OfferRow]] = defaultdict(list)
    for row in rows:
        groups[series(row)].append(row)
    kept, twins = [], []
    for members in groups.values():
        if len({row["unit_price_per_hour"] for row in members}) > 1:
            twins.append(f"{members[0]['instance_type']} {members[0]['region']} {members[0]['purchase_model']}")
        else:
            kept.append(members[0])
    if not twins:
        return kept, []
    names = ", ".join(twins[:3]) + (" …" if len(twins) > 3 else "")
    return kept, [Message("pricing.two_prices", {"count": len(twins), "names": names})]


def _in_dollars(row: OfferRow, catalogue: Catalogue) -> float | None:
    """Price per accelerator-hour at the book's newest rate [USD]; None where the currency has none."""
    price = per_accelerator(row)
    try:
        rate = catalogue.book.fx.rate(row["currency"], "USD", catalogue.book.date).mean
    except PriceError:
        return None
    return None if price is None else price * rate


def _refuse_unbelievable(rows: Sequence[OfferRow], catalogue: Catalogue) -> None:
    """Raises PriceError for a price far from the provider's own, from its peers' or from any accelerator's."""
    peers: Mapping[tuple[str, str], float] = _medians(
        (o.accelerator, o.pricing_category, o.price_per_accelerator_hour) for o in catalogue.book.query()
    )
    own: dict[str, Mapping[tuple[str, str], float]] = {}
    for row in rows:
        price = _in_dollars(row, catalogue)
        if price is None:
            continue
        provider, key = row["provider"], (row["accelerator"], row["pricing_category"])
        if provider not in own:
            own[provider] = _medians(catalogue.own_prices(provider))
        bounds = [(LEAST, MOST)]
        for middle, far in ((own[provider].get(key), FAR_FROM_OWN), (peers.get(key), FAR_FROM_PEERS)):
            if middle:
                bounds.append((middle / far, middle * far))
        low, high = max(b[0] for b in bounds), min(b[1] for b in bounds)
        if not low <= price <= high:
            raise PriceError(
                "pricing.unbelievable", what=f"{row['instance_type']} {row['region']} {row['purchase_model']}",
                price=f"{price:.4g}", low=f"{low:.3g}", high=f"{high:.3g}",
            )  # fmt: skip
