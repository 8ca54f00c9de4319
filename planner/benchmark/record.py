"""The one record that every reader fills: what was measured, in which unit and scope, what the file does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from planner.errors import Message, PlannerError

Status = Literal["ok", "ok_coarse", "no_throughput", "telemetry", "accounting", "hpo", "reject"]
PER_ENVIRONMENT: Final = "per environment"
Scope = Literal["global", "per_accelerator", "per environment", "single stream", "unknown"]
# Units of a throughput. Rates are per second; telemetry and studies carry what they measure instead.
TOKENS, OUTPUT_TOKENS, BOTH_TOKENS = "tokens/s", "output tokens/s", "tokens/s (input+output)"
SAMPLES, IMAGES, STEPS, EPOCHS, ENV_STEPS = "samples/s", "images/s", "steps/s", "epochs/s", "env steps/s"
WATTS, BUSY, TRIAL = "W mean over run", "percent GPU busy", "s per completed trial"
REQUESTS, UNKNOWN = "requests/s", "unknown"
COUNTED = (TOKENS, OUTPUT_TOKENS, BOTH_TOKENS, SAMPLES, REQUESTS, IMAGES, ENV_STEPS)  # units of work, not of steps


class Refused(PlannerError):
    """A file that is not what it seems: broken, empty, of another tool, or without a sane value."""


@dataclass(frozen=True)
class Throughput:
    """A rate with its unit and scope: of the whole run, of one accelerator, of one environment."""

    value: float
    unit: str
    scope: Scope


@dataclass(frozen=True)
class StepTime:
    """Seconds of one step in the steady state.

    mean_low, mean_high: where the mean lies 9 times in 10 (moving-block bootstrap). n: intervals used.
    """

    median: float
    mean: float
    cv: float | None
    n: int
    mean_low: float | None = None
    mean_high: float | None = None


@dataclass(frozen=True)
class BenchmarkRun:
    """One measured run.

    status: ok; ok_coarse (a rate with a stated limit); no_throughput (a sound file that holds no rate); telemetry,
    accounting, hpo (what it says is not a rate). reported: the figure as the file states it. step_time: seconds per
    step, epoch or report. discarded: what was cut off, by name [s, or a count]. facts: whatever else is known.
    sigma: standard deviation of the log rate that the measurement itself leaves. asks: what must be told before a
    rate per accelerator can be worked out. label: which of several runs of the file.
    """

    file: str
    sha256: str
    format: str
    status: Status
    throughput: Throughput | None = None
    reported: float | None = None
    step_time: StepTime | None = None
    tokens_per_s: float | None = None
    n_accelerators: int | None = None
    accelerator: str | None = None
    global_batch: float | None = None
    seq_len: float | None = None
    precision: str | None = None
    parallelism: str | None = None
    model: str | None = None
    tool: str = ""
    label: str = ""
    discarded: Mapping[str, float] = field(default_factory=dict)
    gross_s: float | None = None
    net_s: float | None = None
    energy_kwh: float | None = None
    power_w: float | None = None
    utilisation: float | None = None
    billed_hours: float | None = None
    sigma: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[Message, ...] = ()

    def but(self, **changes: Any) -> BenchmarkRun:
        """The same run with changes."""
        return replace(self, **changes)

    def warn(self, key: str, **facts: object) -> BenchmarkRun:
        """The same run with one more thing to know."""
        return replace(self, warnings=(*self.warnings, Message(key, facts)))

    @property
    def is_rate(self) -> bool:
        """Whether it holds a rate."""
        return self.status in ("ok", "ok_coarse") and self.throughput is not None

    @property
    def asks(self) -> tuple[str, ...]:
        """What the file does not say and an estimate needs: accelerator, count, scope, samples of a step or epoch,
        tokens of a sample."""
        rate = self.throughput if self.is_rate else None
        if rate is None:
            return ()
        if rate.unit == UNKNOWN:
            return ("unit",)
        asked, counted = [], rate.unit in COUNTED
        if self.accelerator is None:
            asked.append("accelerator")
        if rate.scope == "unknown" and counted:
            asked.append("scope")
        if self.n_accelerators is None and (not counted or rate.scope != "per_accelerator"):
            asked.append("n_accelerators")
        if rate.unit == STEPS and self.global_batch is None and self.tokens_per_s is None:
            asked.append("global_batch")
        if not counted and rate.unit != STEPS and not self.facts.get("epoch_samples"):
            asked.append("epoch_samples")
        if rate.scope == PER_ENVIRONMENT:
            asked.append("environments")
        if rate.unit == BOTH_TOKENS:
            asked += [name for name in ("prompt_tokens", "answer_tokens") if not self.facts.get(name)]
        if rate.unit in (SAMPLES, STEPS) and self.seq_len is None and self.tokens_per_s is None:
            asked.append("seq_len")
        return tuple(asked)
