"""Finance: present values, returns, payback, loans, depreciation.

Scalars give None where no answer exists and raise ``PlannerError`` where the input is wrong; functions of
arrays (draws, months) give NaN. Money paid is negative in a cash flow; rates are fractions per period.
"""

from planner.finance.arrays import (
    crossing_month,
    discount_factors,
    irr_rows,
    monthly_rate,
    npv_rows,
    payback_rows,
)
from planner.finance.depreciation import db_schedule, ddb, ddb_schedule, sln, syd
from planner.finance.returns import discounted_payback, irr, irr_all, mirr, payback, xirr
from planner.finance.time_value import cumipmt, eac, levelized_cost, npv, pmt, xnpv

__all__ = [
    "crossing_month",
    "cumipmt",
    "db_schedule",
    "ddb",
    "ddb_schedule",
    "discount_factors",
    "discounted_payback",
    "eac",
    "irr",
    "irr_all",
    "irr_rows",
    "levelized_cost",
    "mirr",
    "monthly_rate",
    "npv",
    "npv_rows",
    "payback",
    "payback_rows",
    "pmt",
    "sln",
    "syd",
    "xirr",
    "xnpv",
]
