"""Typed readers of the reference tables: accelerators, models, systems, regions, programmes, defaults."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from planner.errors import Infeasible, NotPriced, PriceError
from planner.figure import Source
from planner.tables import DataFolder, Row
from planner.uncertainty import Estimate, Fixed, Percentiles, Pert
from planner.units import close_matches


@dataclass(frozen=True)
class Accelerator:
    """A specification sheet. Peaks are dense, in TFLOP/s; None where not published."""

    id: str
    row: Row

    def peak_tflops(self, precision: str) -> tuple[float, str] | None:
        """Dense peak of a precision and the column that it comes from.

        16-bit formats stand in for each other; fp8 uses the 16-bit peak, since measured gains never reach
        the sheet ratio.
        """
        columns = {
            "bf16": ("bf16_tflops", "fp16_tflops"),
            "fp16": ("fp16_tflops", "bf16_tflops"),
            "fp8": ("bf16_tflops", "fp16_tflops"),
            "tf32": ("tf32_tflops", "fp32_tflops"),
            "fp32": ("fp32_tflops",),
        }[precision]
        for column in columns:
            if (value := self.row.number(column)) is not None:
                return value, column
        return None

    @property
    def memory_gib(self) -> float | None:
        """Memory on the sheet [GiB]."""
        return self.row.number("memory_gib")

    @property
    def bandwidth_gbs(self) -> float | None:
        """Memory bandwidth [GB/s]."""
        return self.row.number("memory_bandwidth_gbs")


@dataclass(frozen=True)
class Assumption:
    """A default with its range and where it comes from."""

    estimate: Estimate
    unit: str
    source: Source


class Reference:
    """Reads the reference tables of a data folder, each once."""

    def __init__(self, folder: DataFolder | None = None) -> None:
        self.folder = folder or DataFolder()

    @cached_property
    def accelerators(self) -> dict[str, Accelerator]:
        """All accelerators by id."""
        return {row["id"]: Accelerator(row["id"], row) for row in self.folder.table("reference/accelerators.csv")}

    @cached_property
    def _aliases(self) -> dict[str, tuple[str, bool]]:
        table: dict[str, tuple[str, bool]] = {}
        for row in self.folder.table("reference/accelerator_aliases.csv"):
            if not row["provider"] and row["accelerator"]:
                table[row["spelling"].lower()] = (row["accelerator"], row["ambiguous"] == "yes")
        return table

    def accelerator(self, name: str) -> tuple[Accelerator, bool]:
        """The accelerator of a name or alias, and whether the name is ambiguous (SXM, PCIe, memory).

        Raises PriceError with close matches.
        """
        if name in self.accelerators:
            return self.accelerators[name], False
        by_lower = {key.lower(): key for key in self.accelerators}
        if name.lower() in by_lower:
            return self.accelerators[by_lower[name.lower()]], False
        if name.lower() in self._aliases:
            canonical, ambiguous = self._aliases[name.lower()]
            if canonical in self.accelerators:
                return self.accelerators[canonical], ambiguous
        raise PriceError("reference.unknown_accelerator", close=close_matches(name, list(self.accelerators)), name=name)

    def family(self, name: str) -> list[str]:
        """Ids that an ambiguous name may mean: those that begin with it."""
        stem = name.upper().split("-")[0]
        return [key for key in self.accelerators if key.upper().split("-")[0] == stem]

    @cached_property
    def models(self) -> dict[str, Row]:
        """The model catalogue by id."""
        return {row["id"]: row for row in self.folder.table("reference/models.csv")}

    @cached_property
    def _model_aliases(self) -> dict[str, str]:
        return {row["spelling"].lower(): row["model"] for row in self.folder.table("reference/model_aliases.csv")}

    def find_model(self, name: str) -> Row | None:
        """The catalogue row of a model name or alias; None when the catalogue does not have it."""
        key = name.strip().lower()
        return self.models.get(self._model_aliases.get(key, key))

    def model(self, name: str) -> Row:
        """The catalogue row of a model name or alias. Raises PriceError with close matches."""
        row = self.find_model(name)
        if row is None:
            raise PriceError("reference.unknown_model", close=close_matches(name, list(self.models)), name=name)
        return row

    def system(self, name: str, basis: str) -> Row:
        """A server or workstation with its reference price, street or list. Raises with close matches."""
        self.system_known(name)
        same = [row for row in self.folder.table("reference/systems.csv") if row["id"].lower() == name.lower()]
        wanted = [row for row in same if (row["price_basis"] == "list") == (basis == "list")]
        if not wanted:
            raise NotPriced("reference.no_system_price", name=name, basis=basis)
        return wanted[0]

    def system_known(self, name: str) -> Row:
        """Any row of a system: its accelerator, count and power. Raises PriceError with close matches."""
        rows = self.folder.table("reference/systems.csv")
        for row in rows:
            if row["id"].lower() == name.lower():
                return row
        names = sorted({row["id"] for row in rows})
        raise PriceError("reference.unknown_system", close=close_matches(name, names), name=name)

    def regions(self, provider: str, place: str) -> list[str]:
        """Region ids of a provider for a region id or a place name. Raises with close matches."""
        provider = self.data_provider(provider)
        rows = [row for row in self.folder.table("reference/regions.csv") if row["provider"] == provider]
        found = [row["region_id"] for row in rows if place.lower() in (row["region_id"].lower(), row["place"].lower())]
        if found:
            return found
        if not rows:  # a provider without a region map: the id is taken as it stands
            return [place]
        names = [row["region_id"] for row in rows] + [row["place"] for row in rows if row["place"]]
        raise PriceError("reference.unknown_region", close=close_matches(place, names), name=place, provider=provider)

    @cached_property
    def _countries(self) -> dict[tuple[str, str], str]:
        return {
            (row["provider"], row["region_id"]): row["country"] for row in self.folder.table("reference/regions.csv")
        }

    def country(self, provider: str, region: str) -> str | None:
        """Country of a provider's region; None when the map does not have it."""
        return self._countries.get((self.data_provider(provider), region)) or None

    @cached_property
    def _assumptions(self) -> dict[str, Row]:
        return {row["name"]: row for row in self.folder.table("assumptions.csv")}

    def assumption(self, name: str) -> Assumption:
        """A default range with its source. Raises NotPriced when there is none: the user's input is needed."""
        row = self._assumptions.get(name)
        if row is None:
            raise NotPriced("reference.your_input_required", name=name)
        low, mode, high = (row.number(column) or 0.0 for column in ("low", "mode", "high"))
        estimate: Estimate = Fixed(mode) if low == high else Pert(low, mode, high)
        return Assumption(estimate, row["unit"], row.source())

    def has_assumption(self, name: str) -> bool:
        """Whether a default of that name is at hand."""
        return name in self._assumptions

    def local_assumption(self, name: str, country: str | None, region: str | None) -> Assumption:
        """The default of a province or state, else of the country."""
        for place in (f"{country}-{region}", country):
            if f"{name}.{place}" in self._assumptions:
                return self.assumption(f"{name}.{place}")
        if country is None:
            raise NotPriced("reference.country_wanted", name=name)
        raise NotPriced("reference.your_input_required", name=f"{name} ({country})")

    def grid_carbon(self, country: str | None, region: str | None) -> Row | None:
        """Life-cycle grams of CO2e per kWh of the consumption mix; None when not at hand."""
        for place in (f"{country}-{region}", country):
            for row in self.folder.table("reference/energy.csv"):
                if row["kind"] == "grid_carbon" and row["region_code"] == place and "life-cycle" in row["segment"]:
                    return row
        return None

    def grid_of(self, provider: str, region: str) -> Row | None:
        """Carbon of the grid of a provider's region: its zone, else its country; None when not at hand."""
        beneath = self.data_provider(provider)
        for row in self.folder.table("reference/regions.csv"):
            if (row["provider"], row["region_id"]) == (beneath, region):
                country, _, state = (row["grid_zone"] or row["country"]).partition("-")
                return self.grid_carbon(country, state or None)
        return None

    def market_note(self, provider: str) -> Row | None:
        """What became of a name that has no price: closed, renamed, no public price; None for the others."""
        for row in self.folder.table("reference/market_notes.csv"):
            if row["provider"] == provider:
                return row
        return None

    def refuse_without_price(self, provider: str) -> None:
        """Raise NotPriced for a name that people ask for and that has no price, with what there is instead."""
        note = self.market_note(provider)
        if note is not None:
            raise NotPriced(f"reason.market.{note['status']}", name=note["name"], instead=note["replaced_by"] or "—")

    def managed_service(self, service: str) -> list[Row]:
        """Rows of a managed service: the provider beneath it, and its premium by family of instances."""
        return [row for row in self.folder.table("reference/managed_services.csv") if row["service"] == service]

    def data_provider(self, provider: str) -> str:
        """The provider whose regions and prices of data apply: the one beneath a managed service, else itself."""
        rows = self.managed_service(provider)
        return rows[0]["underlying_provider"] if rows else provider

    def credit_programme(self, name: str) -> Row:
        """A programme of start-up credits. Raises PriceError with close matches."""
        rows = {row["credit_id"]: row for row in self.folder.table("prices/startup_credits.csv")}
        if name not in rows:
            raise PriceError("reference.unknown_credit", close=close_matches(name, list(rows)), name=name)
        return rows[name]

    def grants_or_sells_tokens(self, name: str) -> bool:
        """Whether a provider has a programme of credits, or sells tokens."""
        tables = ("prices/startup_credits.csv", "prices/token_prices.csv")
        return any(row["provider"] == name for table in tables for row in self.folder.table(table))

    def token_seller(self, name: str) -> list[Row]:
        """Token prices of a seller. Raises PriceError with close matches."""
        table = self.folder.table("prices/token_prices.csv")
        rows = [row for row in table if row["provider"] == name]
        if not rows:
            sellers = sorted({row["provider"] for row in table})
            raise PriceError("reference.unknown_seller", close=close_matches(name, sellers), name=name)
        return rows

    def notebook_plans(self, provider: str) -> list[Row]:
        """Plans of a notebook service; none for others."""
        return [row for row in self.folder.table("prices/notebook_plans.csv") if row["provider"] == provider]

    def notebook_plan(self, provider: str, plan: str) -> Row:
        """A plan of a notebook service. Raises PriceError with the plans of the service."""
        rows = self.notebook_plans(provider)
        for row in rows:
            if row["plan"] == plan:
                return row
        raise PriceError("reference.unknown_plan", close=[row["plan"] for row in rows], name=plan, provider=provider)

    def programme(self, name: str) -> Row:
        """An academic or public programme. Raises PriceError with close matches."""
        rows = {row["programme_id"]: row for row in self.folder.table("reference/academic_programmes.csv")}
        if name not in rows:
            raise PriceError("reference.unknown_programme", close=close_matches(name, list(rows)), name=name)
        return rows[name]

    def interruptions(self, provider: str, instance: str, region: str) -> Assumption:
        """Interruptions of a job per hour of running, 5 % to 95 %.

        AWS publishes the share of a pool that was reclaimed in the trailing month; the rate lies between that
        share over a full month and the same share over one day of running. Elsewhere: mean run lengths of
        published availability traces of accelerators.
        """
        for row in self.folder.table("prices/spot_interruptions.csv"):
            if (row["provider"], row["instance_type"], row["region"]) == (provider, instance, region):
                low, high = row.number("band_low_fraction") or 0.0, row.number("band_high_fraction") or 0.05
                share = min((low + high) / 2, 0.5)
                return Assumption(Percentiles(share / 730.0, share / 24.0), "1/h", row.source())
        rows = self.folder.table("prices/spot_run_lengths.csv")
        pairs = [(row.number("mean_run_hours") or 0.0, row) for row in rows if row.number("mean_run_hours")]
        runs = sorted(pairs, key=lambda pair: pair[0])
        if not runs:
            raise Infeasible("reference.your_input_required", name="interruption_rate_per_hour")
        low_run, high_run = runs[len(runs) // 20][0], runs[-1 - len(runs) // 20][0]
        return Assumption(Percentiles(1 / high_run, 1 / low_run), "1/h", runs[len(runs) // 2][1].source())
