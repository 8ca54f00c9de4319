"""One driver, one term: what the file may not say about value, with its line and why."""

from __future__ import annotations

import re

from planner.benefits.benefit import driver_of
from planner.benefits.templates import TEMPLATES
from planner.document import Document
from planner.errors import ScenarioError
from planner.scenario import Scenario
from planner.scenario.value import REVENUE_DRIVERS, BenefitLine, Value

BOXES = ("savings", "new_customers", "retention", "upsell", "problems")
_TERM = {"savings": "savings", "problems": "problems"}
# Words in a label that say that a line is about customers who leave.
_CHURN_WORDS = re.compile(r"churn|attrition|retention|rétention|désabonnement|résiliation|fidélis", re.IGNORECASE)
Path = tuple[str | int, ...]


def check_value(scenario: Scenario, document: Document) -> None:
    """Raises ScenarioError for a driver in two terms, a template in the wrong one, months beyond the horizon."""
    value = scenario.value
    if value is None:
        return
    months = scenario.horizon.months
    for name in ("ramp_months", "months_to_production"):
        estimate = getattr(value, name)
        if estimate is not None and estimate.central > months:
            key = "value.ramp_beyond" if name == "ramp_months" else "value.production_beyond"
            raise ScenarioError(
                key, where=document.where(("value", name)), name=f"value.{name}", given=f"{estimate.central:g}",
                months=months,
            )  # fmt: skip
    found = list(_placed(value))
    literal = [i for i, one in enumerate(value.savings or []) if one.incremental_revenue_monthly is not None]
    if literal and any(box not in ("savings", "problems") for box, _, _ in found):
        path: Path = ("value", "savings", literal[0], "incremental_revenue_monthly")
        raise ScenarioError("value.revenue_twice", where=document.where(path), name=".".join(map(str, path)))
    seen: dict[str, tuple[str, str]] = {}
    ids: set[str] = set()
    for box, path, line in found:
        if line.id is not None and line.id in ids:
            name = ".".join(map(str, path))
            raise ScenarioError("value.duplicate_id", where=document.where(path), name=name, given=line.id)
        ids.add(line.id or "")
        _check_box(box, path, line, document, bool(value.revenue and value.revenue.retention))
        driver, term = driver_of(line, _default(box, path)), _TERM.get(box, "revenue")
        where = ".".join(map(str, path))
        if driver in seen and seen[driver][0] != term:
            raise ScenarioError(
                "value.driver_twice", where=document.where(path), name=where, driver=driver, first=seen[driver][1],
            )  # fmt: skip
        seen.setdefault(driver, (term, where))


def _placed(value: Value) -> list[tuple[str, Path, BenefitLine]]:
    out: list[tuple[str, Path, BenefitLine]] = [
        ("savings", ("value", "savings", i), one) for i, one in enumerate(value.savings or [])
    ]
    for box in BOXES[1:4] if value.revenue else ():
        lines = getattr(value.revenue, box) or []
        out += [(box, ("value", "revenue", box, i), one) for i, one in enumerate(lines)]
    return out + [("problems", ("value", "problems", i), one) for i, one in enumerate(value.problems or [])]


def _default(box: str, path: Path) -> str:
    if box == "problems":
        return f"problems.{path[-1]}"
    return {"savings": "operating_cost", "retention": "churn"}.get(box, box)


def _check_box(box: str, path: Path, line: BenefitLine, document: Document, has_retention: bool) -> None:
    """A template stands in its own box; revenue's drivers stand under revenue; a problem is not a customer lost."""
    where = document.where(path)
    name = ".".join(map(str, path))
    if line.use_case is not None and TEMPLATES[line.use_case].term != box:
        right = TEMPLATES[line.use_case].term
        right = right if right in _TERM else f"revenue.{right}"
        raise ScenarioError("value.wrong_box", where=where, name=name, use_case=line.use_case, right=f"value.{right}")
    if box not in _TERM:
        return
    if line.driver in REVENUE_DRIVERS:
        raise ScenarioError("value.revenue_driver", where=where, name=name, driver=line.driver)
    words = " ".join(filter(None, (line.label, getattr(line, "department", None))))
    if has_retention and _CHURN_WORDS.search(words):
        raise ScenarioError("value.churn_twice", where=where, name=name)
