"""Commands of measured runs: read the file that a tool left behind, run a small one on this machine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import IO, Annotated, Any

import typer

from planner.cli_flags import Json, Lang, checked_lang, json_text, write_answer
from planner.cli_run_flags import columns_of
from planner.errors import PlannerError

Files = Annotated[list[str], typer.Argument(help="Files of measured runs.", metavar="FILE…")]

LARGE = 20_000_000  # bytes of a file whose reading is shown

app = typer.Typer(help="Measured runs: what a tool left behind, read into a rate.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Adds `planner benchmark` to the command line."""
    parent.add_typer(app, name="benchmark")


@app.callback()
def _group() -> None:
    """Measured runs."""


@app.command(epilog="Example: planner benchmark read trainer_state.json --json -")
def read(
    files: Files,
    pick: Annotated[str, typer.Option("--pick", help="Of several runs in a file the one with this in its label.")] = "",
    column: Annotated[
        list[str] | None, typer.Option("--column", help="throughput=NAME, accelerator=NAME …: columns of your table.")
    ] = None,
    unit: Annotated[str, typer.Option("--unit", help="Unit of your table's throughput: tokens/s, samples/s …")] = "",
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """Finds out which tool wrote a file, reads its rate, and says what must still be told."""
    from planner.benchmark.record import Refused
    from planner.report.benchmark_json import refused_document, run_document, run_lines
    from planner.text import render

    lang = checked_lang(lang)
    columns = columns_of(column or [], "--column")
    documents: list[dict[str, Any]] = []
    refusal: PlannerError | None = None
    for file in files:
        try:
            runs = _picked(file, columns, unit, pick)
        except Refused as error:
            refusal = refusal or error
            documents.append(refused_document(file, render(error, lang)))
            if json_path != "-" and len(files) > 1:
                print(render(error, lang))
            continue
        documents.append(run_document(runs, lang))
        if json_path != "-":
            print("\n".join(run_lines(runs, lang)))
    if json_path is not None:
        write_answer(json_text(documents[0] if len(documents) == 1 else documents), json_path)
    if refusal is not None and (len(files) == 1 or all(one["status"] == "reject" for one in documents)):
        raise refusal


def _picked(file: str, columns: dict[str, str] | None, unit: str, pick: str) -> list[Any]:
    from planner.benchmark import read_file
    from planner.compare.measured import picked

    with _reading(file) as seen:
        return picked(read_file(file, columns=columns, unit=unit or None, seen=seen), pick)


@contextlib.contextmanager
def _reading(path: str) -> Iterator[Callable[[int], None] | None]:
    """A progress bar on the terminal's error stream while a large file is read; a second pass fills it again."""
    size = os.path.getsize(path) if os.path.isfile(path) else 0
    if size < LARGE:
        yield None
        return
    from rich.console import Console
    from rich.filesize import decimal
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar, done = progress.add_task(f"{os.path.basename(path)} · {decimal(size)}", total=size), 0

        def seen(n: int) -> None:
            nonlocal done
            done += n
            progress.update(bar, completed=done % size or size)

        yield seen


@app.command(epilog="Example: planner benchmark run --seconds 30 --out run.jsonl")
def run(
    out: Annotated[str, typer.Option("--out", help="File of the log (JSON lines).")] = "planner-run.jsonl",
    seconds: Annotated[float, typer.Option("--seconds", help="How long to measure.", min=4, max=600)] = 30.0,
    device: Annotated[str, typer.Option("--device", help="cuda, cuda:1, mps, cpu; default the best.")] = "auto",
    precision: Annotated[str, typer.Option("--precision", help="fp32, bf16, fp16; default by device.")] = "",
    layers: Annotated[int, typer.Option("--layers", help="Layers of the model.", min=0, max=1000)] = 0,
    hidden: Annotated[int, typer.Option("--hidden", help="Its hidden size.", min=0, max=65_536)] = 0,
    seq_len: Annotated[int, typer.Option("--seq-len", help="Tokens of a sequence.", min=0, max=1_000_000)] = 0,
    batch: Annotated[int, typer.Option("--batch", help="Sequences of a step.", min=0, max=100_000)] = 0,
    lang: Lang = "",
    json_path: Json = None,
) -> None:
    """Measures a small training and a small generation in PyTorch on this machine, and writes planner's own log."""
    from planner.benchmark import read_file
    from planner.report.benchmark_json import run_document, run_lines
    from planner.text import say

    lang = checked_lang(lang)
    if precision not in ("", "fp32", "bf16", "fp16"):
        raise PlannerError("scenario.not_in_list", name="--precision", given=precision, valid="fp32, bf16, fp16")
    measure = _measure()
    if os.path.exists(out):
        raise PlannerError("benchmark.exists", path=out)
    with _log(out) as file, _bars(lang) as told:
        measure(
            file, seconds=seconds, device=device, precision=precision, layers=layers, hidden=hidden, seq_len=seq_len,
            batch=batch, told=told,
        )  # fmt: skip
    runs = read_file(out)
    if json_path is not None:
        write_answer(json_text([run_document([one], lang) for one in runs]), json_path)
    if json_path != "-":
        for one in runs:
            print("\n".join(run_lines([one], lang)))
        print(say("benchmark.next", lang, file=out))


def _measure() -> Callable[..., None]:
    """What measures. Raises PlannerError where PyTorch is not installed."""
    try:
        import torch  # noqa: F401
    except ImportError:
        raise PlannerError("benchmark.torch_missing") from None
    from planner.benchmark.run import measure

    return measure


@contextlib.contextmanager
def _log(path: str) -> Iterator[IO[str]]:
    """A file that takes its name when it is whole. Raises PlannerError where it cannot be written."""
    part = f"{path}.part"
    try:
        with open(part, "w", encoding="utf-8") as file:
            yield file
        os.replace(part, path)
    except OSError as error:
        raise PlannerError("error.write", path=path, problem=error.strerror) from None
    finally:
        with contextlib.suppress(OSError):
            os.remove(part)


@contextlib.contextmanager
def _bars(lang: str) -> Iterator[Callable[[str, float], None]]:
    """A progress bar for each piece of work, on the terminal's error stream."""
    from rich.console import Console
    from rich.progress import Progress

    from planner.text import say

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bars: dict[str, Any] = {}

        def told(kind: str, share: float) -> None:
            if kind not in bars:
                bars[kind] = progress.add_task(say(f"benchmark.kind.{kind}", lang), total=1.0)
            progress.update(bars[kind], completed=share)

        yield told
