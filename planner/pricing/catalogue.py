"""What is known before anybody is asked: instances of each provider, and which accelerator a spelling means."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from planner.prices import PriceBook
from planner.reference import Reference

MEMORY_TOLERANCE = 0.2  # what cards report is below the name's gibibytes; a larger gap is another card
# Words of a spelling that do not tell one accelerator from another.
_SILENT = re.compile(
    r"\b(nvidia|geforce|tesla|amd|instinct|intel|habana|aws|google|oam|generation|gpu|hbm[23]e?|edition|server|"
    r"workstation|ws|s|super computer)\b"
)
_FORM = re.compile(r"(?<![a-z])(sxm|pcie|nvl|fhhl)\d?\b")
_FORMS = {"fhhl": "pcie"}  # full-height half-length: a card for a slot
_MEMORY = re.compile(r"\b(\d+) ?(?:gb|gib|g)\b")


@dataclass(frozen=True)
class Machine:
    """An instance type as it is known: its accelerators and its size."""

    provider: str
    instance_type: str
    accelerator: str
    accelerator_count: float
    accelerator_memory_gib: float | None
    vcpus: float | None
    memory_gib: float | None
    linked: float | None
    absent_from: frozenset[str]


@dataclass(frozen=True)
class Named:
    """The accelerator that a spelling means, and whether it could mean another."""

    accelerator: str
    ambiguous: bool


def plain(spelling: str) -> str:
    """A spelling without vendor, form and memory.

    >>> plain("NVIDIA RTX 4000 Ada Generation"), plain("H100_SXM"), plain("A100 (40 GB PCIe)"), plain("RTX 6000Ada")
    ('rtx 4000 ada', 'h100', 'a100', 'rtx 6000 ada')
    """
    text = re.sub(r"[_\-/(),.]+", " ", spelling.lower())
    text = re.sub(r"(\d)(ada\b)", r"\1 \2", text)
    text = re.sub(r"^q rtx", "quadro rtx", text)
    for pattern in (_MEMORY, _FORM, _SILENT):
        text = pattern.sub(" ", text)
    return " ".join(text.split())


def form(spelling: str) -> str:
    """The form that a spelling states: sxm, pcie, nvl or nothing."""
    found = _FORM.search(re.sub(r"[_\-/(),]+", " ", spelling.lower()))
    return _FORMS.get(found.group(1), found.group(1)) if found else ""


class Catalogue:
    """Machines and names of the bundled data. Pure: the same book gives the same answers."""

    def __init__(self, book: PriceBook, reference: Reference) -> None:
        self.book = book
        self.reference = reference

    @cached_property
    def machines(self) -> dict[tuple[str, str], Machine]:
        """Instance types by provider and name, as the book's rows describe them."""
        rows: dict[tuple[str, str], Machine] = {}
        absent: dict[tuple[str, str], set[str]] = defaultdict(set)
        for offer in self.book.offers:
            key = (offer.provider, offer.instance_type)
            if "not_available_there" in offer.flag:
                absent[key].add(offer.region)
            if offer.instance_type.startswith("(") or "host_excluded" in offer.flag:
                continue
            row = offer.row
            if key not in rows or (rows[key].vcpus is None and row.number("vcpus") is not None):
                rows[key] = Machine(
                    offer.provider, offer.instance_type, offer.accelerator, offer.accelerator_count,
                    row.number("accelerator_memory_gib"), row.number("vcpus"), row.number("memory_gib"),
                    row.number("linked"), frozenset(),
                )  # fmt: skip
        return {
            key: Machine(**{**machine.__dict__, "absent_from": frozenset(absent[key])}) for key, machine in rows.items()
        }

    def machine(self, provider: str, instance_type: str) -> Machine | None:
        """A provider's instance type; None when the bundled data does not have it."""
        return self.machines.get((provider, instance_type))

    def instances(self, provider: str) -> list[Machine]:
        """All instance types of a provider."""
        return [machine for (name, _), machine in self.machines.items() if name == provider]

    @cached_property
    def _providers(self) -> dict[str, dict[str, str]]:
        return {offer.provider: offer.row.cells for offer in self.book.offers}

    def provider_cells(self, provider: str) -> dict[str, str]:
        """A row of a provider, for its name and kind; empty for a new one."""
        return self._providers.get(provider, {})

    @cached_property
    def _spellings(self) -> dict[tuple[str, str], tuple[str, bool]]:
        table = {}
        for row in self.reference.folder.table("reference/accelerator_aliases.csv"):
            if row["accelerator"]:
                table[(row["spelling"].lower(), row["provider"])] = (row["accelerator"], row["ambiguous"] == "yes")
        return table

    @cached_property
    def _families(self) -> dict[str, list[str]]:
        families: dict[str, list[str]] = defaultdict(list)
        for name in self.reference.accelerators:
            families[plain(name)].append(name)
        return families

    def _memory(self, name: str) -> float | None:
        return self.reference.accelerators[name].row.number("memory_gib")

    def _fits(self, name: str, memory_gib: float | None) -> bool:
        own = self._memory(name)
        return not memory_gib or own is None or abs(memory_gib / own - 1) <= MEMORY_TOLERANCE

    def name(self, spelling: str, provider: str = "", memory_gib: float | None = None) -> Named | None:
        """The accelerator that a provider's spelling means; None when none is known by it or its memory is another.

        memory_gib: of one accelerator, where the source says it; else what the spelling says.
        """
        said = _MEMORY.search(spelling.lower().replace("(", " "))
        memory_gib = memory_gib or (float(said.group(1)) if said else None)
        for key in ((spelling.lower(), provider), (spelling.lower(), "")):
            found = self._spellings.get(key)
            if found and found[0] in self.reference.accelerators and self._fits(found[0], memory_gib) and not found[1]:
                return Named(found[0], False)
        family = self._families.get(plain(spelling), [])
        wanted = form(spelling)
        fitting = [
            name for name in family if self._fits(name, memory_gib) and (not wanted or form(name) in ("", wanted))
        ]
        if len(fitting) == 1:
            return Named(fitting[0], False)
        usual = self._spellings.get((spelling.lower(), provider)) or self._spellings.get((spelling.lower(), ""))
        usual = usual or self._spellings.get((plain(spelling), ""))
        if usual and usual[0] in fitting:
            return Named(usual[0], True)
        fitting.sort(key=lambda name: form(name) != "sxm")  # clouds rent boards more often than cards
        return Named(fitting[0], True) if fitting else None

    def own_prices(self, provider: str) -> Iterable[tuple[str, str, float]]:
        """Accelerator, category and price per accelerator-hour of a provider's offers that may be used."""
        for offer in self.book.query(provider=provider):
            yield offer.accelerator, offer.pricing_category, offer.price_per_accelerator_hour
