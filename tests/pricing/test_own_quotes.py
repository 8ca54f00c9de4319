"""Quotations that a user brings: checked with line and reason, worked out by hand, standing before published prices."""

import datetime as dt

import pytest

from planner.document import read_document
from planner.errors import PlannerError
from planner.prices import PriceBook
from planner.pricing.own_quotes import own_rows
from planner.text import render

TODAY = dt.date(2026, 11, 22)
OFFER = """
offers:
  - provider: data_hall
    provider_name: Data Hall
    instance: 8x H100
    accelerator: H100 SXM
    count: 8
    price_per_hour: 17.2
    currency: CAD
    date: 2026-11-02
    source: quotation 2026-118
"""


def rows(text, catalogue):
    return own_rows(read_document(text, "quote.yaml"), catalogue, TODAY)


def test_an_offer(catalogue):
    (row,) = rows(OFFER, catalogue)["prices/offers/data_hall.csv"]
    told = {
        "provider_name": "Data Hall",
        "accelerator": "H100-SXM",
        "accelerator_count": "8",
        "unit_price_per_hour": "17.2",
        "currency": "CAD",
        "observed_on": "2026-11-02",
        "source": "quotation 2026-118",
        "region": "unspecified",
        "pricing_category": "standard",
    }
    assert {name: row[name] for name in told} == told


def test_what_is_paid_at_the_start_is_spread_over_the_term(catalogue):
    text = OFFER + "    purchase_model: reserved_1y\n    upfront: 87600\n    valid_until: 2026-12-31\n"
    (row,) = rows(text, catalogue)["prices/offers/data_hall.csv"]
    assert float(row["unit_price_per_hour"]) == pytest.approx(27.2)  # 17.2 + 87600 / 8760
    assert row["term_months"] == "12" and "holds until 2026-12-31" in row["note"]


def test_token_prices_and_programmes(catalogue):
    text = """
token_prices:
  - {provider: host, api_model: llama-x, usd_per_m_input: 0.2, usd_per_m_output: 0.6, date: 2026-11-01, source: mail}
academic_programmes:
  - {programme_id: ca_drac_rac, typical_amount: 12, source: letter of award, observed_on: 2026-11-01}
"""
    known = {r["programme_id"]: r for r in catalogue.reference.folder.table("reference/academic_programmes.csv")}
    name = next(iter(known))
    found = rows(text.replace("ca_drac_rac", name), catalogue)
    assert found["prices/token_prices.csv"][0]["usd_per_m_output"] == "0.6"
    (row,) = found["reference/academic_programmes.csv"]
    assert (
        row["typical_amount"] == "12"
        and row["programme"] == known[name]["programme"]
        and row["source"] == "letter of award"
    )


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("date: 2026-11-02", "date: 2026-12-02"), 10, "in the future"),
        (("date: 2026-11-02", "date: 2026-02-30"), 10, "2026-02-30"),
        (("price_per_hour: 17.2", "price_per_hour: -1"), 8, "price_per_hour"),
        (("price_per_hour: 17.2", "price_per_hour: 0"), 3, "no price"),
        (("price_per_hour: 17.2", "price_per_hour: 17,2"), 8, "number"),
        (("price_per_hour: 17.2", "price_per_hour: 17200"), 3, "believed"),
        (("currency: CAD", "currency: CAN"), 3, "CAD"),
        (("accelerator: H100 SXM", "accelerator: H1000"), 3, "H1000"),
        (("count: 8", "count: 0"), 7, "count"),
        (("count: 8", "counts: 8"), 3, "count"),
        (("    source: quotation 2026-118\n", ""), 3, "source"),
        (("source: quotation 2026-118", "purchase_model: rented\n    source: abc"), 11, "on_demand"),
        (("source: quotation 2026-118", "upfront: 5\n    source: abc"), 3, "term_months"),
        (("source: quotation 2026-118", "term_months: 0.5\n    source: abc"), 11, "whole number"),
        (("source: quotation 2026-118", "valid_until: 2026-11-21\n    source: abc"), 3, "ran out"),
        (("price_per_hour: 17.2", "price_per_hour: 9999999"), 3, "believed"),
    ],
    ids=lambda value: value[1].strip()[:24] if isinstance(value, tuple) else None,
)
def test_what_is_wrong_is_told_with_its_line(catalogue, change, line, words):
    text = OFFER.replace(*change)
    if "CAN" in text:  # a currency that is not one of ours
        text = text.replace("CAN", "XXX")
        words = "currency"
    if "17200" in text:
        text = text.replace("currency: CAD", "currency: USD")
    with pytest.raises(PlannerError) as refused:
        rows(text, catalogue)
    assert refused.value.where.line == line, render(refused.value)
    for lang in ("en", "fr"):
        assert str(line) in render(refused.value, lang)
    assert words in render(refused.value, "en")


@pytest.mark.parametrize("text", ["offers: []\n", "{}\n", "token_prices:\n"])
def test_nothing_to_add(catalogue, text):
    with pytest.raises(PlannerError):
        rows(text, catalogue)


def test_it_stands_before_what_is_published(store, loopback, run, tmp_path):
    from planner.pricing.refresh import refresh

    quote = tmp_path / "quote.yaml"
    quote.write_text("""
offers:
  - provider: azure
    instance: Standard_ND96isr_H100_v5
    region: eastus
    accelerator: H100-SXM
    count: 8
    price_per_hour: 61.5
    currency: USD
    date: 2026-03-01
    source: enterprise agreement 7
""")
    code, out, _ = run("prices", "add", quote)
    assert code == 0 and "1 rows" in out
    refresh(["azure"], deadline_s=20)
    found = PriceBook.load().query(
        provider="azure", instance_type="Standard_ND96isr_H100_v5", region="eastus", purchase_model="on_demand"
    )
    assert [(o.list_unit_price, o.origin) for o in found] == [(61.5, "own")]
    assert run("prices", "rollback", "own")[0] == 0
    found = PriceBook.load().query(
        provider="azure", instance_type="Standard_ND96isr_H100_v5", region="eastus", purchase_model="on_demand"
    )
    assert [(o.list_unit_price, o.origin) for o in found] == [(98.32, "azure")]


def test_the_same_thing_twice_is_refused(catalogue):
    with pytest.raises(PlannerError) as refused:
        rows(OFFER + OFFER.partition("offers:\n")[2].replace("17.2", "99"), catalogue)
    assert refused.value.key == "own.twice" and refused.value.arguments["first"] == 3


def test_a_quotation_that_has_run_out_is_old(store, run, tmp_path):
    quote = tmp_path / "quote.yaml"
    last = dt.date.today().isoformat()
    quote.write_text(OFFER + f"    valid_until: {last}\n")
    assert run("prices", "add", quote)[0] == 0
    (offer,) = PriceBook.load().query(provider="data_hall")
    assert not offer.is_stale(dt.date.today()) and offer.is_stale(dt.date.today() + dt.timedelta(days=1))


def test_the_quotation_that_the_documentation_shows_is_accepted(catalogue, repo_root):
    text = (repo_root / "docs" / "prices.md").read_text(encoding="utf-8")
    found = rows(text.partition("```yaml\n")[2].partition("```")[0], catalogue)
    assert float(found["prices/offers/data_hall.csv"][0]["unit_price_per_hour"]) == pytest.approx(27.2)
    assert len(found) == 3
