"""Templates of use cases: in which term a gain stands, what fills its empty fields, what to beware of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from planner.project_facts import ProjectFacts
from planner.tables import Row
from planner.uncertainty import Estimate, Fixed, Pert

ENGAGEMENT = "recommender.engagement_over"


@dataclass(frozen=True)
class Template:
    """A use case of the value formula.

    term: savings | retention | upsell | problems. driver: what moves the money. asks: fields that only the user
    knows. fills: id of the benchmark behind each other field. warnings: message keys to print with it.
    """

    use_case: str
    term: str
    driver: str
    asks: tuple[str, ...]
    fills: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


TEMPLATES: dict[str, Template] = {
    one.use_case: one
    for one in (
        Template(
            "predictive_maintenance", "savings", "downtime", ("volume_per_month", "cost_each"),
            {"reduction_fraction": "predictive_maintenance.unplanned_downtime_reduction"},
            ("warning.value_downtime",),
        ),
        Template(
            "churn_reduction", "retention", "churn",
            ("customers", "monthly_revenue_each", "churn_per_month", "churn_reduction_fraction"), {},
            ("warning.value_churn_sign",),
        ),
        Template(
            "service_chatbot", "savings", "support_contacts", ("volume_per_month",),
            {
                "cost_each": "service_chatbot.assisted_contact_cost",
                "cost_after_each": "service_chatbot.self_service_contact_cost",
                "reduction_fraction": "service_chatbot.ticket_deflection",
            },
            ("warning.value_chatbot",),
        ),
        Template(
            "recommender", "upsell", "engagement", ("monthly_revenue",),
            {"uplift_fraction": f"{ENGAGEMENT}_matrix_factorisation..{ENGAGEMENT}_popularity_ranking"},
            ("warning.value_attribution",),
        ),
        Template(
            "personalised_cx", "upsell", "personalisation", ("monthly_revenue",),
            {"uplift_fraction": "personalised_cx.revenue_lift"}, ("warning.value_personalisation",),
        ),
        Template(
            "invoice_digitisation", "savings", "manual_entry", ("volume_per_month",),
            {
                "cost_each": "invoice_digitisation.cost_per_invoice_average_organisation",
                "cost_after_each": "invoice_digitisation.cost_per_invoice_best_in_class",
                "reduction_fraction": "invoice_digitisation.touchless_rate",
            },
            ("warning.value_exceptions",),
        ),
        Template(
            "fraud_detection", "problems", "fraud_losses", ("number_per_year",),
            {
                "value_each": "=fraud_detection.median_loss_of_a_scheme",
                "solved_fraction": "fraud_detection.loss_cut_by_monitoring",
            },
            ("warning.value_fraud",),
        ),
    )
}  # fmt: skip


def template_range(facts: ProjectFacts, fill: str) -> tuple[Estimate, Row]:
    """The range that a template puts into a field, and the row that it comes from (the first of two).

    Raises PriceError or NotPriced as the table does.
    """
    if fill.startswith("="):
        row = facts.benchmark(fill[1:])
        return Fixed(row.number("typical") or 0.0), row
    if ".." in fill:
        low, high = (facts.benchmark(one) for one in fill.split(".."))
        a, b = low.number("typical") or 0.0, high.number("typical") or 0.0
        return Pert(a, (a * b) ** 0.5, b), low
    row = facts.benchmark(fill)
    return facts.estimate_of(row), row
