"""What the rows of programmes leave in prose, as columns: places, machines, dates of calls."""

from __future__ import annotations

from builder.common import DATA_DIR, BuildError, read_rows, write_table


def build_programme_rules() -> list[str]:
    """Writes programme_rules.csv and programme_calls.csv from inputs; a programme without a row stops the build."""
    known = {row["programme_id"] for row in read_rows(DATA_DIR / "reference/academic_programmes.csv")}
    machines = {row["cluster"] for row in read_rows(DATA_DIR / "reference/academic_clusters.csv")}
    report = []
    for name in ("programme_rules", "programme_calls"):
        rows = read_rows(DATA_DIR / f"inputs/{name}.csv")
        if missing := sorted({row["programme_id"] for row in rows} - known):
            raise BuildError(f"inputs/{name}.csv names programmes that have no row: {missing}")
        named = {part for row in rows for part in row.get("clusters", "").split(" | ") if part}
        if missing := sorted(named - machines):
            raise BuildError(f"inputs/{name}.csv names machines that have no row: {missing}")
        report.append(f"{name}: {write_table(f'reference/{name}.csv', list(rows[0]), rows)} rows")
    return report
