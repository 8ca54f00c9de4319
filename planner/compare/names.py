"""Unknown names of a scenario are errors with their line, before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from planner.errors import NotPriced, PlannerError
from planner.prices import PriceBook
from planner.reference import Reference
from planner.scenario import Credit
from planner.scenario.options import ApiTokensOption, NotebookOption, RentedOption
from planner.scenario_io import Loaded


def check_names(loaded: Loaded, book: PriceBook, reference: Reference) -> None:
    """Unknown ids are errors with their line, before anything is computed."""
    scenario, document = loaded.scenario, loaded.document

    def check(look: Callable[[], object], path: tuple[str | int, ...]) -> None:
        try:
            look()
        except PlannerError as error:
            raise error.at(document.where(path)) from None

    if scenario.reference_accelerator:
        name = scenario.reference_accelerator
        check(lambda: reference.accelerator(name), ("reference_accelerator",))
    for i, w in enumerate(scenario.workloads):
        if w.model:
            check(partial(reference.model, w.model), ("workloads", i, "model"))
        for card in (w.throughput.rate or {}) if w.throughput else {}:
            check(partial(reference.accelerator, card), ("workloads", i, "throughput", "rate", card))
    lookups: dict[str, Callable[[str], object]] = {
        "accelerator": reference.accelerator,
        "programme": reference.programme,
        "system": reference.system_known,
    }

    def check_provider(name: str) -> None:
        if reference.market_note(name) is None and not reference.managed_service(name):
            book.check_known("provider", name)

    def check_notebook(name: str) -> None:
        if not reference.notebook_plans(name):
            check_provider(name)

    for name, option in scenario.options.items():
        if isinstance(option, RentedOption):
            look_up = check_notebook if isinstance(option, NotebookOption) else check_provider
            check(partial(look_up, option.provider), ("options", name, "provider"))
        elif isinstance(option, ApiTokensOption):
            check(partial(reference.token_seller, option.provider), ("options", name, "provider"))
        if isinstance(option, NotebookOption) and option.plan is not None:
            check(partial(reference.notebook_plan, option.provider, option.plan), ("options", name, "plan"))
        for key, look in lookups.items():
            value = getattr(option, key, None)
            if value is not None:
                check(partial(look, value), ("options", name, key))
        if isinstance(option, RentedOption) and option.region is not None:
            check(
                partial(reference.regions, reference.data_provider(option.provider), option.region),
                ("options", name, "region"),
            )
    for i, credit in enumerate(scenario.credits or []):
        if credit.programme is not None:
            check(partial(reference.credit_programme, credit.programme), ("credits", i, "programme"))
            check(partial(_check_grant, credit, reference, i), ("credits", i))
        if credit.provider is not None and not reference.grants_or_sells_tokens(credit.provider):
            check(partial(check_notebook, credit.provider), ("credits", i, "provider"))


def _check_grant(credit: Credit, reference: Reference, i: int) -> None:
    """Raise NotPriced when a programme names no sum or no provider, and the scenario does not either."""
    assert credit.programme is not None
    row = reference.credit_programme(credit.programme)
    if credit.amount is None and not (row.number("amount_max") and row["currency"]):
        raise NotPriced("reference.your_input_required", name=f"credits.{i}.amount")
    if credit.provider is None and not row["provider"]:
        raise NotPriced("reference.your_input_required", name=f"credits.{i}.provider")
