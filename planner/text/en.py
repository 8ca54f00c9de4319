"""Messages by key (English). The other catalogue has the same keys and places: a test."""

MESSAGES: dict[str, str] = {
    "finance.not_a_number": "{name} is {value!r}: a number is needed. Write it without quotes, unit or currency sign.",
    "finance.not_finite": "{name} is {value}: a finite number is needed.",
    "finance.rate_too_low": "{name} is {value}: a rate must be above -1 (-100 %). Write 8 % as 0.08.",
    "finance.not_positive": "{name} is {value}: it must be above 0.",
    "finance.negative": "{name} is {value}: it must not be negative.",
    "finance.not_whole": "{name} is {value}: a whole number is needed.",
    "finance.too_low": "{name} is {value}: it must be at least {low}.",
    "finance.too_high": "{name} is {value}: it must be at most {high}.",
    "finance.not_a_list": "{name} is {value!r}: a list of values in order is needed.",
    "finance.empty": "{name} is empty: give at least one value.",
    "finance.bad_date": "{name} is {value!r}: write the date as YYYY-MM-DD.",
    "finance.dates_mismatch": "There are {cashflows} cash flows and {dates} dates: each flow needs its date.",
    "finance.lengths_differ": "There are {costs} costs and {quantities} quantities: give one of each per period.",
    "finance.bad_when": "when is {value!r}: write 0 for payments at the end of each period, 1 at the start.",
    "finance.bad_timing": "The timing {value!r} is not known: choose start, mid or end of the month.",
    "finance.salvage_above_cost": "The salvage value {salvage} is above the cost {cost}: nothing is left to depreciate. Check the two values.",
    "finance.not_rows": "{name} must be a table of numbers with one row per draw and one column per period.",
    "finance.shapes_differ": "The tables of shape {first} and {second} do not fit each other: give the same number of draws and months.",
}
