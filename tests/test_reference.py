"""Reference tables: names, aliases, near words, defaults with sources, corrections."""

from __future__ import annotations

import hashlib
import json

import pytest

from planner.errors import NotPriced, PriceError
from planner.reference import Reference
from planner.tables import DataFolder
from planner.uncertainty import Fixed, Percentiles, Pert

REFERENCE = Reference()


def test_accelerators_by_id_in_any_case_and_by_alias():
    assert REFERENCE.accelerator("H100-SXM")[0].id == "H100-SXM"
    assert REFERENCE.accelerator("h100-sxm") == (REFERENCE.accelerators["H100-SXM"], False)
    found, ambiguous = REFERENCE.accelerator("3090")
    assert (found.id, ambiguous) == ("RTX-3090", False)
    assert REFERENCE.accelerator("h100")[1]  # SXM, PCIe or NVL


def test_every_alias_without_a_provider_leads_to_a_card_of_its_family():
    for row in REFERENCE.folder.table("reference/accelerator_aliases.csv"):
        if not row["provider"] and row["accelerator"]:
            assert REFERENCE.accelerator(row["spelling"])[0].id in REFERENCE.accelerators


def test_numbers_of_a_sheet():
    h100 = REFERENCE.accelerators["H100-SXM"]
    assert h100.peak_tflops("bf16") == (989.0, "bf16_tflops")
    assert (h100.memory_gib, h100.bandwidth_gbs) == (80.0, 3350.0)
    nothing = REFERENCE.accelerators["V100S-PCIe"]
    assert nothing.peak_tflops("bf16") is None
    assert nothing.bandwidth_gbs is None


def test_families_share_their_first_word():
    assert {"H100-SXM", "H100-PCIe", "H100-NVL"} <= set(REFERENCE.family("H100"))
    assert not any(name.startswith("H200") for name in REFERENCE.family("H100"))


@pytest.mark.parametrize(
    ("look", "key", "near"),
    [
        (lambda: REFERENCE.accelerator("H100-SMX"), "reference.unknown_accelerator", "H100-SXM"),
        (lambda: REFERENCE.model("llama-3.1-8"), "reference.unknown_model", "llama-3.1-8b"),
        (lambda: REFERENCE.system("8xH100", "street"), "reference.unknown_system", "8xH100-SXM"),
        (lambda: REFERENCE.programme("ca_alliance_rss"), "reference.unknown_programme", "ca_alliance_ras"),
        (lambda: REFERENCE.regions("gcp", "montreall"), "reference.unknown_region", "montreal"),
    ],
)
def test_strangers_have_near_words(look, key, near):
    with pytest.raises(PriceError) as caught:
        look()
    assert caught.value.key == key
    assert near in caught.value.close


def test_models_by_id_and_by_the_name_that_people_type():
    assert REFERENCE.model("llama-3.1-8b").number("params_total_b") == 8.03
    assert REFERENCE.model("Llama-3.1-8B")["id"] == "llama-3.1-8b"
    assert REFERENCE.model("BAAI/bge-large-en-v1.5")["id"] == "bge-large-en-v1.5"
    for row in REFERENCE.folder.table("reference/model_aliases.csv"):
        assert row["model"] in REFERENCE.models


def test_systems_have_a_street_price_and_a_list_price():
    street, listed = (REFERENCE.system("8xH100-SXM", basis) for basis in ("street", "list"))
    assert (street.number("price"), listed.number("price")) == (285000.0, 270000.0)
    assert listed["price_basis"] == "list"
    with pytest.raises(NotPriced) as caught:
        REFERENCE.system("8xA100-SXM-40GB", "street")  # only a list price is known
    assert caught.value.key == "reference.no_system_price"
    assert REFERENCE.system_known("8xa100-sxm-40gb").number("accelerator_count") == 8


def test_regions_by_place_and_countries():
    assert REFERENCE.regions("gcp", "Montreal") == ["northamerica-northeast1"]
    assert REFERENCE.regions("gcp", "us-central1") == ["us-central1"]
    assert REFERENCE.country("gcp", "northamerica-northeast1") == "CA"
    assert REFERENCE.country("gcp", "nowhere") is None


def test_defaults_are_ranges_with_sources():
    found = REFERENCE.assumption("availability_fraction")
    assert found.estimate == Pert(0.95, 0.98, 0.995)
    assert found.unit == "fraction"
    assert found.source.locator.startswith("pricing_data/assumptions.csv:")
    assert found.source.as_of
    assert REFERENCE.assumption("award_lead_time_days").estimate == Fixed(0.0)
    for row in REFERENCE.folder.table("assumptions.csv"):
        assert REFERENCE.assumption(row["name"]).source.origin, row["name"]


def test_a_province_comes_before_its_country():
    quebec, alberta = (REFERENCE.local_assumption("electricity_price", "CA", place) for place in ("QC", "AB"))
    assert quebec.estimate == Pert(0.1042, 0.1252, 0.1522)
    assert alberta.estimate == REFERENCE.assumption("electricity_price.CA").estimate
    for country, key in (("BR", "reference.your_input_required"), (None, "reference.country_wanted")):
        with pytest.raises(NotPriced) as caught:
            REFERENCE.local_assumption("electricity_price", country, None)
        assert caught.value.key == key


def test_no_default_wants_the_users_input():
    with pytest.raises(NotPriced) as caught:
        REFERENCE.assumption("no_such_default")
    assert caught.value.key == "reference.your_input_required"
    assert caught.value.arguments["name"] == "no_such_default"


def test_grid_carbon():
    quebec, canada, france = (REFERENCE.grid_carbon(*place) for place in (("CA", "QC"), ("CA", "ZZ"), ("FR", None)))
    assert REFERENCE.grid_carbon("ZZ", None) is None
    assert REFERENCE.grid_carbon(None, None) is None
    for row in (quebec, canada, france):
        assert row is None or row["unit"] == "gCO2e/kWh"
    if quebec is not None and canada is not None:
        assert quebec.number("value") <= canada.number("value")


def test_interruptions_of_a_published_band():
    # dl1.24xlarge in us-east-1: 10 to 15 % of the pool in a month, so 12.5 % over 730 hours or over a day
    found = REFERENCE.interruptions("aws", "dl1.24xlarge", "us-east-1")
    assert found.estimate == Percentiles(0.125 / 730, 0.125 / 24)
    elsewhere = REFERENCE.interruptions("gcp", "a3-highgpu-8g", "us-central1")
    assert 0 < elsewhere.estimate.p5 < elsewhere.estimate.p95
    assert elsewhere.source.locator.startswith("pricing_data/prices/spot_run_lengths.csv:")


# ------------------------------------------------------------------------------------------ folders


def folder_of(tmp_path, text, overrides=None):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    digest = hashlib.sha256((tmp_path / "t.csv").read_bytes()).hexdigest()
    (tmp_path / "manifest.json").write_text(json.dumps({"id": "x", "files": {"t.csv": digest}}), encoding="utf-8")
    if overrides is not None:
        header = "table,key,column,value,reason,observed_on\n"
        (tmp_path / "overrides.csv").write_text(header + overrides, encoding="utf-8")
    return DataFolder(tmp_path)


def test_rows_know_their_lines(tmp_path):
    rows = folder_of(tmp_path, "id,price\na,1\nb,\nc,x\n").table("t.csv")
    assert [row.locator for row in rows] == [f"pricing_data/t.csv:{line}" for line in (2, 3, 4)]
    assert [row.number("price") for row in rows[:2]] == [1.0, None]  # unknown is not zero
    assert rows[0].number("no such column") is None
    with pytest.raises(PriceError) as caught:
        rows[2].number("price")
    assert caught.value.key == "data.not_a_number"
    assert "t.csv:4" in str(caught.value.where)


def test_damage_is_found(tmp_path):
    folder = folder_of(tmp_path, "id,price\na,1\n")
    (tmp_path / "t.csv").write_text("id,price\na,2\n", encoding="utf-8")
    with pytest.raises(PriceError) as caught:
        folder.table("t.csv")
    assert caught.value.key == "data.bad_hash"
    with pytest.raises(PriceError) as caught:
        folder.table("other.csv")
    assert caught.value.key == "data.missing_file"


def test_the_identity_of_a_folder_follows_its_files(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    assert folder_of(one, "id\na\n").sha256 != folder_of(two, "id\nb\n").sha256


def test_corrections_replace_one_cell_and_become_its_source(tmp_path):
    text = "id,price,source,observed_on\na,1,paper,2025-01-01\nb,2,paper,2025-01-01\n"
    rows = folder_of(tmp_path, text, "t.csv,id=b,price,3,typing error,2026-02-02\n").table("t.csv")
    assert [row.number("price") for row in rows] == [1.0, 3.0]
    assert rows[0].source().origin == "paper"
    source = rows[1].source()
    assert (source.origin, source.as_of) == ("typing error", "2026-02-02")
    assert source.locator == "pricing_data/overrides.csv:2"


@pytest.mark.parametrize("override", ["t.csv,id=z,price,3,why,2026-02-02\n", "t.csv,id=a,cost,3,why,2026-02-02\n"])
def test_corrections_of_nothing_are_refused(tmp_path, override):
    folder = folder_of(tmp_path, "id,price,source,observed_on\na,1,paper,2025-01-01\n", override)
    with pytest.raises(PriceError) as caught:
        folder.table("t.csv")
    assert caught.value.key == "data.bad_override"
    assert caught.value.where.line == 2


def test_corrections_of_another_table_do_not_matter(tmp_path):
    folder = folder_of(tmp_path, "id,price\na,1\n", "u.csv,id=a,price,3,why,2026-02-02\n")
    assert folder.table("t.csv")[0].number("price") == 1.0
