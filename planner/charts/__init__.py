"""From a decision to pictures and the tables that say the same: Plotly figures without Streamlit."""

from planner.charts.by_type import by_type_finding, cost_by_type, cost_by_type_table, cost_colour, type_label
from planner.charts.common import OPTION_COLOURS, Row, Table, option_colour, spread
from planner.charts.cumulative import cumulative_cost, cumulative_cost_table, cumulative_finding
from planner.charts.timeline import (
    duration,
    duration_range,
    end_of,
    results_timeline,
    timeline_absent,
    timeline_bridged,
    timeline_finding,
    timeline_table,
    wait_of,
    waits,
)

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
    "duration",
    "duration_range",
    "end_of",
    "option_colour",
    "results_timeline",
    "spread",
    "timeline_absent",
    "timeline_bridged",
    "timeline_finding",
    "timeline_table",
    "type_label",
    "wait_of",
    "waits",
]
