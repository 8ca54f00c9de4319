"""A scenario from file to verdict, doubt and report in one call: what notebooks and scripts use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.compare import compare
from planner.compare.measured import with_files
from planner.decide import Decision, decide
from planner.errors import PlannerError
from planner.prices import PriceBook
from planner.reference import Reference
from planner.scenario_io import Loaded, load_scenario
from planner.uncertainty import Draws

if TYPE_CHECKING:  # heavy, and needed only when a plan is shown: imported where they are used
    import pandas as pd
    import plotly.graph_objects as go

    from planner.report.board import Report
    from planner.run_effect import RunEffect
    from planner.sensitivity import Sensitivity


@dataclass(frozen=True)
class Plan:
    """A decision with its doubt; shows itself as sentence, tables and charts in a notebook."""

    decision: Decision
    lang: str = "en"

    @cached_property
    def doubt(self) -> Sensitivity | None:
        """What moves the decision; None without a full plan. Computed when first asked for."""
        from planner.sensitivity import sensitivity

        return sensitivity(self.decision)

    @property
    def sentence(self) -> str:
        """The verdict."""
        return self.decision.sentence(self.lang)

    @cached_property
    def run_effect(self) -> RunEffect | None:
        """What measured runs did to the decision; None without any."""
        from planner.run_effect import run_effect

        return run_effect(self.decision)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Value, cash, benefits, upstream indicators and doubt as tables of text, by name; empty ones are left out."""
        import pandas as pd

        from planner.report import tables

        lang, decision = self.lang, self.decision
        found = {
            "value": tables.value_table(decision, lang),
            "returns": tables.returns_table(decision, lang),
            "cash": tables.cash_table(decision, lang),
            "benefits": tables.benefits_table(decision, lang),
            "indicators": tables.kpis_table(decision, lang),
        }
        doubt = self.doubt
        if doubt is not None:
            found["tornado"] = tables.tornado_table(doubt.tornado, decision.comparison, lang)
            found["worth"] = tables.tornado_table(doubt.worth, decision.comparison, lang)
            found["would_change"] = tables.changes_table(doubt.would_change, decision.comparison, lang)
            found["sobol"] = tables.sobol_table(doubt, lang)
        return {name: pd.DataFrame(t.rows, columns=list(t.columns)) for name, t in found.items() if t.rows}

    def charts(self) -> dict[str, go.Figure]:
        """Pictures of the decision by name; those without anything to show are left out."""
        from planner import charts

        decision, lang, doubt = self.decision, self.lang, self.doubt
        if decision.best is None:
            return {}
        found = {
            "cumulative_cost": charts.cumulative_cost(decision, lang),
            "by_type": charts.cost_by_type(decision, lang),
        }
        if decision.comparison.benefits:
            found["terms"] = charts.benefits_by_term(decision, lang)
            found["net"] = charts.net_curve(decision, lang)
        if doubt is not None:
            found["tornado"] = charts.tornado_chart(doubt, lang, "worth" if doubt.worth else "lead")
            if doubt.win_map is not None:
                found["map"] = charts.win_map_chart(doubt, lang)
        return found

    def report(self, today: dt.date) -> Report:
        """The report for a board, read on a day."""
        from planner.report.board import board_report

        return board_report(self.decision, self.lang, today=today, doubt=self.doubt)

    def save(self, path: str | Path, today: dt.date) -> None:
        """Writes the report as .html, .md or .json. Raises PlannerError for another ending."""
        from planner.report.board import FORMATS

        ending = Path(path).suffix.lower()
        if ending not in FORMATS:
            valid = ", ".join(f"FILE{one}" for one in FORMATS)
            raise PlannerError("scenario.not_in_list", name="path", given=str(path), valid=valid)
        Path(path).write_text(FORMATS[ending](self.report(today)), encoding="utf-8")

    def _repr_html_(self) -> str:
        """The verdict and its tables, for a notebook."""
        import html

        parts = [f"<p><strong>{html.escape(self.sentence)}</strong></p>"]
        parts += [f"<p>{html.escape(line)}</p>" for line in self.decision.because(self.lang)]
        parts += [frame.to_html(index=False, border=0) for frame in self.tables().values()]
        return "".join(parts)


def plan(
    scenario: str | Path | Loaded,
    *,
    draws: int = 4000,
    seed: int = 0,
    as_of: dt.date | None = None,
    book: PriceBook | None = None,
    benchmarks: Mapping[str, Any] | None = None,
    lang: str = "en",
) -> Plan:
    """The plan of a scenario file, or of a scenario that is read already.

    benchmarks: files of measured runs by workload: a name, a mapping with what the file does not say (accelerator,
    n_accelerators, seq_len …), or a list of these. Raises PlannerError as reading does.
    """
    loaded = scenario if isinstance(scenario, Loaded) else load_scenario(scenario)
    if benchmarks:
        loaded = with_files(loaded, benchmarks, Reference(book.folder if book is not None else None))
    return Plan(decide(compare(loaded, book=book, draws=Draws(draws, seed), as_of=as_of)), lang)
