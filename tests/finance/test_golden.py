"""Finance: known answers, a table of golden cases, and wrong input told in words."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

from planner import finance
from planner.errors import PlannerError
from planner.text import en, fr, render

# Known answers, copied from public test suites at the commit named, or worked by hand.
KNOWN = [
    # numpy/numpy-financial@f47e8af, numpy_financial/tests/test_financial.py
    ("npv", {"rate": 0.05, "cashflows": [-15000, 1500, 2500, 3500, 4500, 6000]}, 122.89, 0.005),
    ("irr", {"cashflows": [1, 2, 3]}, None, 0),
    (
        "mirr",
        {
            "cashflows": [-4500, -800, 800, 800, 600, 600, 800, 800, 700, 3000],
            "finance_rate": 0.08,
            "reinvest_rate": 0.055,
        },
        0.0666,
        1e-4,
    ),
    ("pmt", {"rate": 0.08 / 12, "nper": 60, "pv": 15000}, -304.1459143262052, 1e-8),
    # PHPOffice/PhpSpreadsheet@11645d5, tests/data/Calculation/Financial
    (
        "npv",
        {"rate": 0.05, "cashflows": [2000, 2400, 2900, 3500, 4100], "first_period": 1},
        12678.677633095,
        1e-6,
    ),
    ("xirr", {"cashflows": [100.0, -110.0], "dates": ["2019-06-12", "2020-06-11"]}, 0.1, 1e-6),
    ("pmt", {"rate": 0.05 / 12, "nper": 60, "pv": 50000}, -943.56168220055, 1e-6),
    (
        "db_schedule",
        {"cost": 10000, "salvage": 1000, "life": 5, "first_year_months": 6},
        [1845.0, 3009.195, 1898.802045, 1198.144090395, 756.02892103925, 238.52712458788],
        1e-6,
    ),
    # Anexen/pyxirr@5f31a85, tests/test_periodic.rs
    ("irr", {"cashflows": [-150000, 15000, 25000, 35000, 45000, 60000]}, 0.05243288885, 1e-8),
    ("irr", {"cashflows": [-100, 0, 0, 74]}, -0.09549583034, 1e-8),
    # worked by hand: 100 (x - 1/1.4)(x - 1/1.65); annuity factor; cumulative sums; the textbook loan
    ("irr_all", {"cashflows": [-100, 305, -231]}, [0.4, 0.65], 1e-9),
    ("irr", {"cashflows": [-100, 305, -231]}, None, 0),
    ("eac", {"capex": 10000, "annual_cost": 20000, "life": 5, "rate": 0.1}, 22637.974808, 1e-5),
    ("payback", {"cashflows": [-50000, 30000, 20000, 10000]}, 2.0, 1e-12),
    ("discounted_payback", {"rate": 0.1, "cashflows": [-200, 80, 80, 80, 80]}, 3.01925, 1e-9),
    ("pmt", {"rate": 0.08 / 12, "nper": 60, "pv": 100_000}, -2027.64, 0.005),
    ("pmt", {"rate": 0, "nper": 10, "pv": 1000, "fv": -500}, -50.0, 1e-12),
    ("cumipmt", {"rate": 0.1, "nper": 2, "pv": 210, "start": 1, "end": 2}, -32.0, 1e-9),  # 2 x 121 - 210
    ("cumipmt", {"rate": 0.1, "nper": 2, "pv": 210, "start": 2, "end": 2, "when": 1}, -10.0, 1e-9),
    ("cumipmt", {"rate": 0, "nper": 12, "pv": 1000, "start": 1, "end": 12}, 0.0, 0),
    ("sln", {"cost": 10000, "salvage": 1000, "life": 5}, 1800.0, 1e-12),
    ("syd", {"cost": 10000, "salvage": 1000, "life": 5, "period": 5}, 600.0, 1e-9),
    ("ddb", {"cost": 10000, "salvage": 1000, "life": 5, "period": 4}, 864.0, 1e-9),
    ("ddb_schedule", {"cost": 10000, "salvage": 1000, "life": 5}, [4000, 2400, 1440, 864, 296], 1e-9),
    ("ddb_schedule", {"cost": 10000, "salvage": 5000, "life": 5}, [4000, 1000, 0, 0, 0], 1e-9),
    ("ddb_schedule", {"cost": 10000, "salvage": 0, "life": 1}, [10000], 1e-9),
    ("levelized_cost", {"costs": [100, 100], "quantities": [50, 200], "rate": 0}, 0.8, 1e-12),
    ("levelized_cost", {"costs": [100, 100], "quantities": [0, 0], "rate": 0.1}, None, 0),
    ("eac", {"capex": 1000, "annual_cost": 10, "life": 4, "rate": 0, "salvage": 200}, 210.0, 1e-9),
]
GOLDEN_FILE = Path(__file__).parents[3] / "shared" / "data" / "finance" / "golden_cases.csv"


def agrees(found: object, expected: object, tolerance: float) -> bool:
    if expected is None or found is None:
        return found is expected
    return bool(found == pytest.approx(expected, rel=0, abs=tolerance or 1e-15))


@pytest.mark.parametrize(("name", "arguments", "expected", "tolerance"), KNOWN)
def test_known_answers(name, arguments, expected, tolerance):
    assert agrees(getattr(finance, name)(**arguments), expected, tolerance)


def golden_rows():
    if not GOLDEN_FILE.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="golden_cases.csv not beside the project"))]
    with GOLDEN_FILE.open(encoding="utf-8", newline="") as file:
        return [pytest.param(row, id=row["case_id"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("row", golden_rows())
def test_golden_cases(row):
    function, arguments = getattr(finance, row["function"]), json.loads(row["inputs_json"])
    if row["expected_kind"] == "error":
        with pytest.raises(PlannerError):
            function(**arguments)
    else:
        assert agrees(function(**arguments), json.loads(row["expected_json"]), float(row["tolerance_abs"]))


WRONG = [
    ("npv", (-1, [1]), "rate_too_low"),
    ("npv", (-2, [1]), "rate_too_low"),
    ("npv", ("0.1", [1]), "not_a_number"),
    ("npv", (True, [1]), "not_a_number"),
    ("npv", (None, [1]), "not_a_number"),
    ("npv", (math.nan, [1]), "not_finite"),
    ("npv", (0.1, [1, math.inf]), "not_finite"),
    ("npv", (0.1, [10**400]), "not_finite"),
    ("npv", (0.1, []), "empty"),
    ("npv", (0.1, "123"), "not_a_list"),
    ("npv", (0.1, 5), "not_a_list"),
    ("npv", (0.1, np.array(5.0)), "not_a_list"),
    ("npv", (0.1, {1: 2}), "not_a_list"),
    ("npv", (0.1, [[1, 2]]), "not_a_number"),
    ("npv", (0.1, ["1"]), "not_a_number"),
    ("npv", (0.1, [1], 0.5), "not_whole"),
    ("npv", (0.1, [1], -1), "too_low"),
    ("xnpv", (0.1, [1, 2], ["2020-01-01"]), "dates_mismatch"),
    ("xnpv", (0.1, [1], ["01/02/2020"]), "bad_date"),
    ("xnpv", (0.1, [1], [20200101]), "bad_date"),
    ("xnpv", (-1, [1], ["2020-01-01"]), "rate_too_low"),
    ("xirr", ([1], ["2020-02-30"]), "bad_date"),
    ("xirr", ([1], "2020-02-28"), "not_a_list"),
    ("xirr", ([], []), "empty"),
    ("irr", ([],), "empty"),
    ("irr", ([math.nan],), "not_finite"),
    ("irr_all", ("abc",), "not_a_list"),
    ("irr_all", ([1, None],), "not_a_number"),
    ("mirr", ([-1, 2], -1, 0), "rate_too_low"),
    ("mirr", ([-1, 2], 0, -3), "rate_too_low"),
    ("mirr", ([], 0, 0), "empty"),
    ("pmt", (-1, 10, 100), "rate_too_low"),
    ("pmt", (0.1, 0, 100), "not_positive"),
    ("pmt", (0.1, 10, math.nan), "not_finite"),
    ("pmt", (0.1, 10, 100, 0, 2), "bad_when"),
    ("pmt", (0.1, 10, 100, 0, "end"), "bad_when"),
    ("cumipmt", (0.1, 10, 100, 0, 1), "too_low"),
    ("cumipmt", (0.1, 10, 100, 3, 2), "too_low"),
    ("cumipmt", (0.1, 10, 100, 1, 11), "too_high"),
    ("cumipmt", (0.1, 10.5, 100, 1, 1), "not_whole"),
    ("cumipmt", (0.1, 10, 100, 1, 1, 7), "bad_when"),
    ("payback", ([],), "empty"),
    ("discounted_payback", (-1, [1]), "rate_too_low"),
    ("sln", (100, 0, 0), "not_positive"),
    ("sln", (100, 200, 5), "salvage_above_cost"),
    ("sln", (-100, 0, 5), "negative"),
    ("syd", (100, 0, 5, 6), "too_high"),
    ("syd", (100, 0, 5, 1.5), "not_whole"),
    ("syd", (100, -1, 5, 1), "negative"),
    ("ddb", (100, 0, 5, 0), "too_low"),
    ("ddb", (100, 0, 5, 1, 0), "not_positive"),
    ("ddb_schedule", (100, 0, 0), "too_low"),
    ("ddb_schedule", (100, 0, 10**9), "too_high"),
    ("db_schedule", (100, 0, 5, 13), "too_high"),
    ("db_schedule", (100, 200, 5), "salvage_above_cost"),
    ("eac", (100, 1, 0, 0.1), "not_positive"),
    ("eac", (100, 1, 5, -1), "rate_too_low"),
    ("levelized_cost", ([1, 2], [1], 0.1), "lengths_differ"),
    ("levelized_cost", ([1], [-1], 0.1), "negative"),
    ("levelized_cost", ([], [], 0.1), "empty"),
    ("monthly_rate", (-1,), "rate_too_low"),
    ("discount_factors", (0.1, 0), "too_low"),
    ("discount_factors", (0.1, 12, "middle"), "bad_timing"),
    ("discount_factors", (0.1, 12, []), "bad_timing"),
    ("npv_rows", (0.1, np.array([1.0])), "not_rows"),
    ("irr_rows", (np.zeros((0, 3)),), "not_rows"),
    ("payback_rows", ("abc",), "not_rows"),
    ("payback_rows", ([[1], [1, 2]],), "not_rows"),
    ("crossing_month", (np.zeros((2, 3)), np.zeros((2, 4))), "shapes_differ"),
]


@pytest.mark.parametrize(("name", "arguments", "key"), WRONG)
def test_wrong_input_is_told_in_both_languages(name, arguments, key):
    with pytest.raises(PlannerError) as caught:
        getattr(finance, name)(*arguments)
    assert caught.value.key == f"finance.{key}"
    for language, catalogue in (("en", en.MESSAGES), ("fr", fr.MESSAGES)):
        assert caught.value.key in catalogue
        caught.value.close = ()
        assert "{" not in render(caught.value, language).replace("{1: 2}", "")
