"""Commands that find: programmes and credits open to an organisation, accelerators, systems, regions."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from planner.cli_flags import AsOf, Json, Lang, Prices, book_of, checked_lang, date_of, json_text, write_answer
from planner.errors import PlannerError

if TYPE_CHECKING:
    from planner.scenario import Organisation, Scenario

Words = Annotated[str, typer.Argument(help="Part of a name; nothing lists all.", metavar="[TEXT]")]
Everything = Annotated[bool, typer.Option("--all", help="Also what is left out by default, in full.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to the command line."""
    app.command(epilog="Example: planner programmes --country CA --region QC --stage seed --partner")(programmes)
    app.command(epilog="Example: planner accelerators h100 --json -")(accelerators)
    app.command(epilog="Example: planner systems h100")(systems)
    app.command(epilog="Example: planner regions montreal")(regions)
    app.command(epilog="Example: planner models llama")(models)
    app.command(epilog="Example: planner templates --lang fr")(templates)


def _answer(document: dict[str, Any], json_path: str | None) -> bool:
    """Writes the document where it is asked for; whether the reader's text is still wanted."""
    if json_path is not None:
        write_answer(json_text(document), json_path)
    return json_path != "-"


def programmes(
    scenario: Annotated[str, typer.Argument(help="Scenario file: who asks.", metavar="[SCENARIO]")] = "",
    country: Annotated[str, typer.Option("--country", help="Country, two letters: CA.")] = "",
    region: Annotated[str, typer.Option("--region", help="Province or state: QC.")] = "",
    stage: Annotated[str, typer.Option("--stage", help="idea, pre_seed, seed, series_a … university.")] = "",
    partner: Annotated[
        bool | None, typer.Option("--partner/--no-partner", help="A professor or institute leads or shares the work.")
    ] = None,
    commercial: Annotated[
        bool | None, typer.Option("--commercial/--research", help="What the result is for; default commercial.")
    ] = None,
    accelerator: Annotated[str, typer.Option("--accelerator", help="Card whose hours are counted.")] = "",
    everything: Everything = False,
    as_of: AsOf = None,
    prices: Prices = None,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """Academic and public programmes and start-up credits: open to you or not, when, worth what."""
    from planner.finders import programmes as find
    from planner.finders.programmes import DEFAULT_ACCELERATOR
    from planner.report.finders import print_programmes
    from planner.report.finders_json import programmes_document
    from planner.scenario import Organisation
    from planner.scenario_io import load_scenario

    lang, day = checked_lang(lang), date_of(as_of)
    asked: Scenario | None = load_scenario(scenario).scenario if scenario else None
    if asked is not None and asked.as_of and day is None:
        day = dt.date.fromisoformat(asked.as_of)
    who = _organisation(asked.organisation if asked else Organisation(), country, region, stage, partner, commercial)
    if asked is None and commercial is None and who.stage == "university":
        who = who.model_copy(update={"commercial": False})
    card = accelerator or (asked.reference_accelerator if asked else None) or DEFAULT_ACCELERATOR
    found = find(who, as_of=day, accelerator=card, book=book_of(prices, day))
    if _answer(programmes_document(found, lang), json_path):
        print_programmes(found, lang, everything=everything, asked_card=card)


def _organisation(
    base: Organisation, country: str, region: str, stage: str, partner: bool | None, commercial: bool | None
) -> Organisation:
    """The scenario's organisation with what the flags say instead."""
    from planner.finders.places import country_code
    from planner.scenario import Organisation
    from planner.units import close_matches

    stages = [name for part in get_args(Organisation.model_fields["stage"].annotation) for name in get_args(part)]
    if stage and stage not in stages:
        near = close_matches(stage, stages)
        raise PlannerError("scenario.not_in_list", close=near, name="--stage", given=stage, valid=", ".join(stages))
    changes: dict[str, Any] = {"academic_partner": partner, "commercial": commercial, "stage": stage or None}
    if country:
        changes["country"] = country_code(country)
        if changes["country"] != base.country:
            base = base.model_copy(update={"region": None})  # a region belongs to its country
    place = base.country if not country else changes["country"]
    code = region.strip().upper().removeprefix(f"{place}-")
    if code and not re.fullmatch("[A-Z0-9]{1,3}", code):
        raise PlannerError("finders.bad_region", given=region)
    changes["region"] = code or None
    return base.model_copy(update={name: value for name, value in changes.items() if value is not None})


def accelerators(
    text: Words = "",
    vendor: Annotated[str | None, typer.Option("--vendor", help="Maker: NVIDIA, AMD, Google, AWS, Intel …")] = None,
    everything: Everything = False,
    as_of: AsOf = None,
    prices: Prices = None,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """Accelerators of all makers side by side: names, memory, peak, cheapest price on demand."""
    from planner.finders import accelerators as find
    from planner.report.finders import print_accelerators
    from planner.report.finders_json import accelerators_document

    lang, book = checked_lang(lang), book_of(prices)
    day = date_of(as_of) or book.date
    found = find(text, vendor=vendor, book=book, as_of=day)
    if _answer(accelerators_document(found, book, day), json_path):
        print_accelerators(found, lang, as_of=day, everything=everything or bool(text) or vendor is not None)


def systems(text: Words = "", prices: Prices = None, lang: Lang = "", json_path: Json = None) -> None:
    """Complete servers and workstations: street and list price, power, height."""
    from planner.finders import systems as find
    from planner.reference import Reference
    from planner.report.finders import print_systems
    from planner.report.finders_json import systems_document
    from planner.tables import DataFolder

    lang = checked_lang(lang)
    found = find(text, reference=Reference(DataFolder(prices) if prices else None))
    if _answer(systems_document(found), json_path):
        print_systems(found, lang)


def regions(
    text: Words = "",
    provider: Annotated[str | None, typer.Option("--provider", help="Provider: aws, gcp, azure …")] = None,
    prices: Prices = None,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """Regions of providers: place, country, grid zone, how many accelerators are on sale there."""
    from planner.finders import regions as find
    from planner.report.finders import print_regions
    from planner.report.finders_json import regions_document

    lang, book = checked_lang(lang), book_of(prices)
    found = find(text, provider=provider, book=book)
    if _answer(regions_document(found, book), json_path):
        print_regions(found, lang)


def models(text: Words = "", prices: Prices = None, lang: Lang = "", json_path: Json = None) -> None:
    """Models that an estimate or a scenario may name: size, positions, other names."""
    from planner.finders import models as find
    from planner.reference import Reference
    from planner.report.finders import print_models
    from planner.report.finders_json import models_document
    from planner.tables import DataFolder

    lang = checked_lang(lang)
    found = find(text, reference=Reference(DataFolder(prices) if prices else None))
    if _answer(models_document(found), json_path):
        print_models(found, lang)


def templates(prices: Prices = None, lang: Lang = "", json_path: Json = None) -> None:
    """Use cases for the value section: which term, what you give, what published ranges fill in."""
    from planner.finders.templates import value_templates
    from planner.project_facts import ProjectFacts
    from planner.report.template_list import print_templates, templates_document

    lang = checked_lang(lang)
    found = value_templates(ProjectFacts(book_of(prices).folder))
    if _answer(templates_document(found, lang), json_path):
        print_templates(found, lang)
