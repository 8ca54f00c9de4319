"""The device that is measured: its name, what it reaches at best, the energy that it uses."""

from __future__ import annotations

import contextlib
import platform
import time
from collections.abc import Callable
from pathlib import Path

import torch

PEAK_SIDE = {"cuda": 8192, "mps": 4096, "cpu": 1024}  # of the square matrices whose product is timed
COPIED_BYTES = {"cuda": 1 << 30, "mps": 1 << 28, "cpu": 1 << 27}
TIMED_S = 0.5
RAPL = Path("/sys/class/powercap/intel-rapl:0")
PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def device_of(name: str) -> torch.device:
    """The device of a name; for `auto` an accelerator where there is one."""
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def name_of(device: torch.device) -> str:
    """Name of the device as its maker gives it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def wait(device: torch.device) -> None:
    """Returns when the device has done all that it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def peak_tflops(device: torch.device, precision: str) -> float:
    """Dense product of square matrices [TFLOP/s]: what no run on the device passes."""
    side = PEAK_SIDE[device.type]
    left, right = (torch.randn(side, side, device=device, dtype=PRECISIONS[precision]) for _ in range(2))
    return 2 * side**3 / _seconds(lambda: left @ right, device) / 1e12


def bandwidth_gbs(device: torch.device) -> float:
    """Reading and writing memory [GB/s]."""
    source = torch.empty(COPIED_BYTES[device.type], dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    return 2 * source.numel() / _seconds(lambda: target.copy_(source), device) / 1e9


def _seconds(action: Callable[[], object], device: torch.device) -> float:
    """Shortest of the times that an action takes."""
    action()
    wait(device)
    times: list[float] = []
    began = time.perf_counter()
    while time.perf_counter() - began < TIMED_S or len(times) < 3:
        at = time.perf_counter()
        action()
        wait(device)
        times.append(time.perf_counter() - at)
    return min(times)


def joules(device: torch.device) -> float | None:
    """Energy used so far by the device [J]; None where it cannot be read. Differences count."""
    if device.type == "cuda":
        with contextlib.suppress(Exception):  # the library is not there, or the card does not count
            import pynvml

            pynvml.nvmlInit()
            handle = pynvml.nvmlDeviceGetHandleByIndex(device.index or 0)
            return float(pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)) / 1e3
        return None
    with contextlib.suppress(OSError, ValueError):
        return float((RAPL / "energy_uj").read_text()) / 1e6
    return None
