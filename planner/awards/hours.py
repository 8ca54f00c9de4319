"""What an award is worth in accelerator-hours.

Hours are those of a card that the programme's machines have. One card's hours are never turned into another's:
the RGU of the Alliance and the normalised hours of GENCI are prices, not speeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.errors import Message
from planner.reference import Reference
from planner.tables import Row
from planner.units import HOURS_PER_YEAR


@dataclass(frozen=True)
class Amount:
    """What may be asked for, in the programme's unit; None where it is not published."""

    unit: str
    minimum: float | None
    typical: float | None
    maximum: float | None

    @property
    def low(self) -> float | None:
        """The least published amount."""
        return self.minimum if self.minimum is not None else self.typical

    @property
    def high(self) -> float | None:
        """The greatest published amount."""
        return self.maximum if self.maximum is not None else self.typical


@dataclass(frozen=True)
class Worth:
    """Accelerator-hours of one card.

    low, high: of the least and greatest published amount [accelerator-hour]; None where none is published.
    per_unit: accelerator-hours of one unit.
    machine: whose hours they are, where the unit is not shared by several.
    awarded: what is granted, on average, of the least request [accelerator-hour].
    """

    accelerator: str
    low: float | None
    high: float | None
    per_unit: float
    basis: Message
    machine: str = ""
    awarded: tuple[float, float] | None = None
    flag: str = ""


def rgu(reference: Reference, accelerator: str) -> Row | None:
    """The row with the Reference GPU Units of a whole card; unflagged rows first, suspect ones never."""
    rows = [
        row
        for row in reference.folder.table("reference/rgu.csv")
        if row["accelerator"] == accelerator and not row["mig_profile"] and "suspect" not in row["flag"]
    ]
    return min(rows, key=lambda row: row["flag"] != "", default=None)


def award_hours(
    reference: Reference,
    amount: Amount,
    machines: Sequence[str],
    accelerator: str,
    award_share: tuple[float, float] | None = None,
) -> Worth | None:
    """Hours of an amount on the programme's machines: of the card asked for where they have it.

    machines: names of clusters. None when the unit cannot be turned into hours.
    """
    found: dict[str, tuple[float, Message, Row]] = {}
    rows = [row for row in reference.folder.table("reference/academic_clusters.csv") if row["cluster"] in machines]
    for row in sorted(rows, key=lambda row: ("suspect" in row["flag"], -(row.number("gpu_total") or 0.0))):
        card = row["accelerator"]
        if card and card not in found and (rate := hours_of_unit(reference, amount.unit, row)) is not None:
            found[card] = (*rate, row)
    if not found:
        return None
    card = _card(reference, list(found), accelerator)
    per_unit, basis, row = found[card]
    machine = "" if amount.unit.startswith("RGU-year") else row["cluster"]  # an RGU-year may go to any of them
    low, high = (None if value is None else value * per_unit for value in (amount.low, amount.high))
    awarded = None
    if award_share is not None and low is not None:
        awarded = (low * award_share[0], low * award_share[1])
    return Worth(card, low, high, per_unit, basis, machine, awarded, flag=_doubt(row["flag"]))


def _card(reference: Reference, cards: list[str], asked: str) -> str:
    """The card asked for, else one of its family, else the one that the machines have most of."""
    if asked in cards:
        return asked
    family = reference.family(asked)
    return next((card for card in cards if card in family), cards[0])


def _doubt(flag: str) -> str:
    return ";".join(part for part in flag.split(";") if part.startswith(("suspect", "memory", "from_memory")))


def hours_of_unit(reference: Reference, unit: str, machine: Row) -> tuple[float, Message] | None:
    """Accelerator-hours of one unit on a machine, and why."""
    card, facts = machine["accelerator"], {"card": machine["gpu_model"], "machine": machine["cluster"]}
    if unit.startswith("RGU-year"):
        row = rgu(reference, card)
        value = row.number("rgu") if row is not None else None
        if not value:
            return None
        return HOURS_PER_YEAR / value, Message("programmes.basis.rgu", {"card": card, "rgu": value})
    if unit.startswith("GPU-hour"):
        if machine.number("units_per_gpu_hour") != 1 and machine["allocation_unit"].startswith("GPU-hour"):
            return None  # half a module: the row of the whole module carries the unit
        return 1.0, Message("programmes.basis.host", facts)
    if unit.endswith("node-hour"):
        count = machine.number("gpus_per_node")
        return None if not count else (count, Message("programmes.basis.node", {**facts, "count": count}))
    charged = machine.number("units_per_gpu_hour")
    same = unit.split(" (")[0] in machine["allocation_unit"]
    if same and charged and "suspect" not in machine["flag"]:
        return 1 / charged, Message("programmes.basis.units", {**facts, "units": charged})
    return None
