"""From a decision to pictures and the tables that say the same: Plotly figures without Streamlit."""

from planner.charts.common import OPTION_COLOURS, Row, Table, option_colour, spread
from planner.charts.by_type import by_type_finding, cost_by_type, cost_by_type_table, cost_colour, type_label
from planner.charts.cumulative import cumulative_cost, cumulative_cost_table, cumulative_finding

__all__ = [
    "OPTION_COLOURS",
    "Row",
    "Table",
    "by_type_finding",
    "cost_by_type",
    "cost_by_type_table",
    "cost_colour",
    "cumulative_cost",
    "cumulative_cost_table",
    "cumulative_finding",
    "option_colour",
    "spread",
    "type_label",
]
