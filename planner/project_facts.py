"""Typed readers of what surrounds the compute: evidence for benefits, pay, labelled data, tools of a team."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from planner.errors import NotPriced, PriceError
from planner.reference import Assumption
from planner.tables import DataFolder, Row
from planner.uncertainty import Estimate, Fixed, Pert
from planner.units import close_matches

VENDOR, MARKET = "vendor_label", "market range"


class ProjectFacts:
    """Reads the tables around a project of a data folder, each once."""

    def __init__(self, folder: DataFolder | None = None) -> None:
        self.folder = folder or DataFolder()

    @cached_property
    def benchmarks(self) -> dict[str, Row]:
        """Published figures about benefits and risks by id."""
        return {row["benchmark_id"]: row for row in self.folder.table("reference/value_benchmarks.csv")}

    def benchmark(self, name: str) -> Row:
        """A published figure about a benefit or a risk. Raises PriceError with close matches."""
        row = self.benchmarks.get(name)
        if row is None:
            raise PriceError("reference.unknown_benchmark", close=close_matches(name, self.benchmarks), name=name)
        return row

    def estimate_of(self, row: Row) -> Estimate:
        """The value of a benchmark: the low end alone where its evidence is a seller's claim (D), else its range.

        A missing bound is the typical value; a missing typical value the geometric mean of the bounds, or their
        middle where one is not positive. Raises NotPriced where a lone bound, or nothing, is known.
        """
        low, typical, high = row.number("low"), row.number("typical"), row.number("high")
        if row["evidence"] == "D":
            estimate = _range(None, typical if low is None else low, None, _geometric_mean)
        else:
            estimate = _range(low, typical, high, _geometric_mean)
        if estimate is None:
            raise NotPriced("reference.your_input_required", name=row["benchmark_id"])
        return estimate

    @cached_property
    def _pay(self) -> dict[str, list[Row]]:
        table: dict[str, list[Row]] = {}
        for row in self.folder.table("reference/team_pay.csv"):
            table.setdefault(row["role"].lower(), []).append(row)
        return table

    def pay(self, role: str, country: str) -> Assumption:
        """Gross yearly pay of a role [currency/FTE-year], without the employer's charges.

        Of several rows the least doubtful, then the most complete, then the newest. Raises PriceError with close
        matches for an unknown role, NotPriced for a country without a row.
        """
        rows = self._pay.get(role.lower())
        if rows is None:
            raise PriceError("reference.unknown_role", close=close_matches(role, self._pay), name=role)
        ends = ("pay_low", "pay_median", "pay_high")
        here = [row for row in rows if row["country"].lower() == country.lower()]
        here.sort(key=lambda row: row["observed_on"], reverse=True)
        for row in sorted(here, key=lambda row: (_doubt(row["flag"]), sum(row[end] == "" for end in ends))):
            estimate = _range(row.number(ends[0]), row.number(ends[1]), row.number(ends[2]), _midpoint)
            if estimate is not None:
                return Assumption(estimate, f"{row['currency']}/FTE-year", row.source())
        raise NotPriced("reference.your_input_required", name=f"salary of {role} in {country}")

    @cached_property
    def _labelling(self) -> dict[str, Row]:
        return {row["price_id"]: row for row in self.folder.table("prices/labelling.csv")}

    def labelling(self, name: str) -> Row:
        """A price of data or labels by id. Raises PriceError with close matches."""
        row = self._labelling.get(name)
        if row is None:
            raise PriceError("reference.unknown_labelling", close=close_matches(name, self._labelling), name=name)
        return row

    def labelling_for(self, task: str) -> Row:
        """The market price of a labelling task: of that name, else the shortest name that has all its words.

        Of several guides: unflagged, per single item (not per 1000 tokens), newest, then the dearer. Raises
        PriceError with the close tasks, or with those that the words fit equally well.
        """
        market = [row for row in self._labelling.values() if (row["category"], row["market"]) == (VENDOR, MARKET)]
        wanted = _words(task)
        found = [row for row in market if wanted and wanted <= _words(row["task"])]
        shortest = min((len(_words(row["task"])) for row in found), default=0)
        found = [row for row in found if len(_words(row["task"])) == shortest]
        tasks = sorted({row["task"] for row in found})
        if len(tasks) != 1:
            known = sorted({row["task"] for row in market})
            close = tasks or close_matches(task, known) or known[:8]
            raise PriceError("reference.unknown_labelling", close=close, name=task)
        found.sort(key=lambda row: (row["observed_on"], row.number("price_typical") or 0.0), reverse=True)
        return min(found, key=lambda row: (row["flag"] != "", any(letter.isdigit() for letter in row["unit"])))

    @cached_property
    def _mlops(self) -> dict[str, Row]:
        return {row["service_id"]: row for row in self.folder.table("prices/mlops_services.csv")}

    def mlops(self, name: str) -> Row:
        """A plan of an experiment tracker or a registry. Raises PriceError with close matches."""
        row = self._mlops.get(name)
        if row is None:
            raise PriceError("reference.unknown_mlops", close=close_matches(name, self._mlops), name=name)
        return row


def _range(
    low: float | None, mode: float | None, high: float | None, middle: Callable[[float, float], float]
) -> Estimate | None:
    """A range around the mode, or around a middle of its ends; None where neither is known."""
    if mode is None:
        if low is None or high is None:
            return None
        mode = middle(low, high)
    if low is None and high is None:
        return Fixed(mode)
    return Pert(mode if low is None else low, mode, mode if high is None else high)


def _midpoint(low: float, high: float) -> float:
    return (low + high) / 2


def _geometric_mean(low: float, high: float) -> float:
    return (low * high) ** 0.5 if low > 0 else _midpoint(low, high)


def _doubt(flag: str) -> int:
    """How little a row may serve as a default: 0 without objection, 1 old, 2 anything else."""
    return {"": 0, "stale": 1}.get(flag, 2)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.lower().replace(",", " ").replace("(", " ").replace(")", " ").split())
