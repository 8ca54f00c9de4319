"""One line of value as its inputs: what the file says, else what the template fills in, as figures."""

from __future__ import annotations

from dataclasses import dataclass, field

from planner.benefits.templates import TEMPLATES, Template, template_range
from planner.errors import Message, ScenarioError
from planner.figure import Figure, Source, derive, given, product
from planner.project_facts import ProjectFacts
from planner.quantities import Money
from planner.scenario.value import BenefitLine
from planner.supply.market import Market, Path
from planner.tables import Row

GRADES = ("A", "B", "C", "D")


@dataclass
class Terms:
    """The inputs of one line. used: rows of evidence that filled a field."""

    line: BenefitLine
    path: Path
    id: str
    market: Market
    facts: ProjectFacts
    used: list[Row] = field(default_factory=list)

    @property
    def template(self) -> Template | None:
        """The template that the line names."""
        return TEMPLATES[self.line.use_case] if self.line.use_case else None

    def has(self, name: str) -> bool:
        """Whether the line, or its template, gives a field."""
        return getattr(self.line, name) is not None or bool(self.template and name in self.template.fills)

    def quantity(self, name: str, unit: str, owner: object = None, within: Path = ()) -> Figure:
        """A number of the line [unit], else its template's. Raises ScenarioError when neither gives it."""
        estimate = getattr(owner or self.line, name)
        label = ".".join(("value", self.id, *map(str, within), name))
        if estimate is not None:
            return self.market.input(label, estimate, unit, (*self.path, *within, name))
        return self._filled(name, label, unit)

    def money(self, name: str, per: str, owner: object = None, within: Path = ()) -> Figure:
        """A sum of the line in the reporting currency [currency per], else its template's."""
        sum_: Money | None = getattr(owner or self.line, name)
        label = ".".join(("value", self.id, *map(str, within)))
        if sum_ is not None:
            return self.market.money(label, name, sum_, per, path=(*self.path, *within, name))
        return self._filled(name, f"{label}.{name}", per, is_money=True)

    def _filled(self, name: str, label: str, unit: str, *, is_money: bool = False) -> Figure:
        template = self.template
        if template is None or name not in template.fills:
            raise ScenarioError("value.field_missing", name=".".join(map(str, (*self.path, name))), use=self._hint())
        estimate, row = template_range(self.facts, template.fills[name])
        self.used.append(row)
        origin = f"{row['source']}: {row['caveat']}"
        source = Source("reference_row", row.locator, row["observed_on"], origin, row["flag"])
        if not is_money:
            return given(label, self.market.draws.column(label, estimate), unit, source)
        currency = row["unit"].split()[0]
        leaf = given(label, self.market.draws.column(label, estimate), f"{currency}{unit}", source)
        return self.market.converted(leaf, currency, f"{self.market.currency}{unit}")

    def _hint(self) -> str:
        return ", ".join(self.template.asks) if self.template else "use_case"

    def grade(self) -> str | None:
        """Evidence grade: the line's own, else the weakest of the rows that filled it; None: nobody vouches for it."""
        if self.line.evidence is not None:
            return self.line.evidence
        return max((row["evidence"] for row in self.used), default=None)

    def after_haircut(self, monthly: Figure) -> Figure:
        """The line less its haircut: what grade and range do not cover."""
        haircut = self.quantity("haircut_fraction", "fraction")
        if not haircut.value.any():
            return monthly
        kept = derive(lambda h: 1 - h, haircut, name=f"{haircut.name}.kept", unit="fraction", formula="1 − haircut")
        return product(monthly, kept, name=f"{monthly.name} after haircut", unit=monthly.unit)

    def warnings(self) -> list[Message]:
        """What to beware of in this line."""
        label = self.line.label or self.id
        out = [Message(key, {"name": label}) for key in (self.template.warnings if self.template else ())]
        if self.grade() is None:
            out.append(Message("warning.value_no_evidence", {"name": label}))
        if any("suspect" in row["flag"] or row["evidence"] == "D" for row in self.used):
            out.append(Message("warning.value_grade_d", {"name": label}))
        return out
