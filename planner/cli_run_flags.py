"""Flags of a measured run, the same wherever one is taken: the files, and what they do not say."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, get_type_hints

import typer

from planner.errors import PlannerError
from planner.measured import MeasuredRun
from planner.reference import Reference
from planner.scenario.work import BenchmarkFile

RUN_FLAGS: dict[str, Any] = {
    "benchmark": Annotated[
        list[str] | None,
        typer.Option("--benchmark", help="File of a measured run (planner benchmark read); again for telemetry."),
    ],
    "pick": Annotated[str, typer.Option("--pick", help="Which run of the file: a part of its label.")],
    "measured_on": Annotated[str, typer.Option("--measured-on", help="Accelerator of your run: H100-SXM.")],
    "measured_count": Annotated[
        int | None, typer.Option("--measured-count", help="Accelerators of your run.", min=1, max=1_000_000)
    ],
    "measured_scope": Annotated[
        str, typer.Option("--measured-scope", help="Whether its rate is of all or of one: global, per_accelerator.")
    ],
    "measured_batch": Annotated[
        float | None, typer.Option("--measured-batch", help="Samples in a step of your run, over all accelerators.")
    ],
    "measured_seq_len": Annotated[
        int | None, typer.Option("--measured-seq-len", help="Tokens in a sample of your run.", min=1)
    ],
    "measured_epoch_samples": Annotated[
        float | None, typer.Option("--measured-epoch-samples", help="Samples in an epoch or report of your run.")
    ],
    "measured_environments": Annotated[
        int | None, typer.Option("--measured-environments", help="Environments side by side in your run.", min=1)
    ],
    "measured_prompt": Annotated[
        float | None, typer.Option("--measured-prompt", help="Mean prompt of the requests that it served (tokens).")
    ],
    "measured_answer": Annotated[
        float | None, typer.Option("--measured-answer", help="Mean answer of the requests that it served (tokens).")
    ],
    "measured_column": Annotated[
        list[str] | None,
        typer.Option("--measured-column", help="throughput=NAME, accelerator=NAME …: columns of your own table."),
    ],
    "measured_unit": Annotated[str, typer.Option("--measured-unit", help="Unit of that table's throughput: tokens/s.")],
}
DEFAULTS: dict[str, Any] = {"benchmark": None, "pick": "", "measured_on": "", "measured_scope": "", "measured_unit": ""}
TOLD = {
    "measured_on": "accelerator", "measured_count": "n_accelerators", "measured_scope": "scope",
    "measured_batch": "global_batch", "measured_seq_len": "seq_len", "measured_epoch_samples": "epoch_samples",
    "measured_environments": "environments", "measured_prompt": "prompt_tokens", "measured_answer": "answer_tokens",
    "measured_unit": "unit", "measured_column": "columns",
}  # fmt: skip


@dataclass(frozen=True)
class RunFlags:
    """Files of measured runs, and what their owner says of them, by flag."""

    files: tuple[str, ...]
    pick: str
    told: dict[str, Any]

    def runs(self, reference: Reference, *, served: bool = False) -> tuple[MeasuredRun, ...]:
        """The runs of the files, none without files. Raises PlannerError: flags alone, a file that cannot be used.

        served: whether answers to requests are wanted. What is said by flag stands against a single file, and
        completes several.
        """
        from pydantic import ValidationError

        from planner.compare.measured import COMPANIONS, measured_runs, run_of

        if not self.files:
            self.refuse_alone()
            return ()
        told = []
        try:
            said = BenchmarkFile(file=self.files[0], pick=self.pick or None, **self.told)
        except ValidationError as error:
            first = error.errors()[0]
            flag = next((flag_of(k) for k, v in TOLD.items() if v == first["loc"][0]), str(first["loc"][0]))
            bounds = {name: first.get("ctx", {}).get(name) for name in ("gt", "ge", "le", "lt")}
            signs = {"gt": ">", "ge": "≥", "le": "≤", "lt": "<"}
            valid = " ".join(f"{signs[name]} {bound:g}" for name, bound in bounds.items() if bound is not None)
            valid = "global, per_accelerator" if first["loc"][0] == "scope" else valid or "> 0"
            raise PlannerError("scenario.not_in_list", name=flag, given=first["input"], valid=valid) from None
        for file in self.files:
            one = said.model_copy(update={"file": file})
            run = run_of(one if len(self.files) == 1 else one.model_copy(update={"pick": None}), served=served)
            if len(self.files) > 1:
                known = [name for name in TOLD.values() if getattr(run, name, None) is not None]
                scope = run.throughput is not None and run.throughput.scope != "unknown"
                known += ["scope"] * (scope or run.status in COMPANIONS)
                one = one.model_copy(update=dict.fromkeys(known))
            told.append((run, one))
        return measured_runs(told, reference)

    def refuse_alone(self) -> None:
        """Raise PlannerError for what is said of a run that is not given."""
        given = [flag_of(name) for name, key in TOLD.items() if key in self.told] + ["--pick"] * bool(self.pick)
        if given and not self.files:
            raise PlannerError("benchmark.alone", flags=", ".join(given))


def flag_of(name: str) -> str:
    """The flag of a parameter.

    >>> flag_of("measured_on")
    '--measured-on'
    """
    return "--" + name.replace("_", "-")


def columns_of(pairs: list[str], flag: str = "--measured-column") -> dict[str, str] | None:
    """Columns by what they are. Raises PlannerError for what is no pair."""
    from planner.benchmark.readers.csv_columns import WORDS

    found = {}
    for pair in pairs:
        name, equals, column = pair.partition("=")
        if not equals or name not in WORDS:
            valid = ", ".join(f"{word}=…" for word in WORDS)
            raise PlannerError("scenario.not_in_list", name=flag, given=pair, valid=valid)
        found[name] = column
    return found or None


def takes_runs(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameter `run_flags` is filled by the flags of a measured run."""
    signature = inspect.signature(command)
    own = [one for one in signature.parameters.values() if one.name != "run_flags"]
    hints = get_type_hints(command, include_extras=True)
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=DEFAULTS.get(name), annotation=kind)
        for name, kind in RUN_FLAGS.items()
    ]

    @functools.wraps(command)
    def wrapped(**given: Any) -> None:
        said = {TOLD[name]: given.pop(name) for name in TOLD}
        said["columns"] = columns_of(said["columns"] or [])
        files, pick = given.pop("benchmark"), given.pop("pick")
        told = {name: value for name, value in said.items() if value not in (None, "")}
        return command(**given, run_flags=RunFlags(tuple(files or ()), pick, told))

    kept = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[one.name]) for one in own]
    wrapped.__signature__ = signature.replace(parameters=[*kept, *added], return_annotation=None)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {one.name: one.annotation for one in (*kept, *added)}
    return wrapped
