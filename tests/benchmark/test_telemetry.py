"""Telemetry and accounting; the expected figures are worked out by hand."""

import pytest

from planner.benchmark import read_file
from planner.benchmark.record import Refused


def test_telemetry_and_accounting(write, one):
    smi = "timestamp, name, utilization.gpu [%], power.draw [W]\n" + "".join(
        f"2026/01/01 00:00:0{i}.000, NVIDIA H100, {50 + 10 * i} %, {300 + 100 * i}.00 W\n" for i in range(3)
    )
    run = one(write(smi.encode("utf-16")))
    assert run.status == "telemetry" and (run.utilisation, run.power_w, run.gross_s) == (pytest.approx(0.6), 400.0, 2.0)
    carbon = (
        "duration,emissions,energy_consumed,gpu_model,tracking_mode\n100,0.1,0.5,X,machine\n3600,0.1,0.25,X,machine\n"
    )
    run = one(write(carbon))
    assert run.power_w == pytest.approx(250.0) and run.energy_kwh == 0.25
    sacct = "JobID|State|Elapsed|AllocTRES\n1|COMPLETED|1-00:00:00|cpu=8,gres/gpu:h100=4,gres/gpu=4\n"
    sacct += "1.batch|COMPLETED|1-00:00:00|cpu=8,gres/gpu:h100=4\n2|FAILED|00:30:00|gres/gpu=2\n"
    run = one(write(sacct))
    assert run.status == "accounting" and run.billed_hours == pytest.approx(97.0)  # 4 × 24 + 2 × 0.5


def smi(delimiter=", ", upper=False, units=True, n=3):
    head = delimiter.join(("timestamp", "name", "index", "utilization.gpu [%]", "power.draw [W]"))
    marks = (" %", " W") if units else ("", "")
    rows = "".join(
        delimiter.join((f"2026/01/01 00:00:0{i}.000", "NVIDIA H100", "0", f"{50 + 10 * i}{marks[0]}",
                        f"{300 + 100 * i}.00{marks[1]}")) + "\n"
        for i in range(n)
    )  # fmt: skip
    return (head.upper() if upper else head) + "\n" + rows


@pytest.mark.parametrize(
    "text",
    [smi(), smi("; "), smi("\t"), smi(upper=True), smi(units=False), "\n" + smi(), smi("; ").replace(".00 W", ",00 W"),
     smi() + "2026/01/01 00:00:09.000, NVIDIA H100, 0, [N/A], [Not Supported]\n2026/01/01 00:00:0"],
)  # fmt: skip
def test_shapes_of_nvidia_smi(write, one, text):
    run = one(write(text))
    assert (run.format, run.utilisation, run.power_w) == ("nvidia_smi_csv", pytest.approx(0.6), 400.0)
    assert run.accelerator == "NVIDIA H100" and run.n_accelerators == 1


def test_nvidia_smi_without_a_header(write, one):
    run = one(write("".join(smi().splitlines(True)[1:])))
    assert (run.utilisation, run.power_w, run.gross_s) == (pytest.approx(0.6), 400.0, 2.0)


def test_a_power_column_of_another_table_is_not_nvidia_smi(write, one):
    table = "gpu,batch_size,throughput (samples/s),power.draw,temperature.gpu\nH100,8,120,300,50\n"
    assert one(write(table)).format == "custom_inference_csv"


def test_nvidia_smi_dmon(write, one):
    head = "# gpu    pwr  gtemp  mtemp     sm    mem\n# Idx      W      C      C      %      %\n"
    rows = "    0    300     40      -     50      1\n    1    500     40      -     70      1\n"
    run = one(write(head + rows + head + rows + "    0      -     40      -      -      1\n"))
    assert (run.utilisation, run.power_w, run.n_accelerators) == (pytest.approx(0.6), 400.0, 2)


def test_codecarbon_of_several_cards(write, one):
    text = "timestamp,project_name,duration,emissions,energy_consumed,gpu_count,gpu_model\n"
    text += "2026,x,3600,0.1,2.0,8,8 x NVIDIA H100\n2026,x,0,0,0,8,8 x NVIDIA H100\n"  # the last one did not start
    run = one(write(text))
    assert (run.power_w, run.accelerator, run.n_accelerators) == (pytest.approx(2000.0), "NVIDIA H100", 8)


@pytest.mark.parametrize(
    "text",
    [
        "JobID|State|ElapsedRaw|AllocTRES|\n1|COMPLETED|7200|billing=64,cpu=64,gres/gpu:a100=4,gres/gpu=4|\n",
        "JobID\tState\tElapsed\tAllocGRES\n1\tCOMPLETED\t02:00:00\tgpu:a100:4\n",
        "JOBID|STATE|ELAPSED|ALLOCGRES\n1|COMPLETED|02:00:00|gpu:a100:4(S:0-1)\n",
        "JobID             State    Elapsed                                AllocTRES \n"
        "------------ ---------- ---------- ---------------------------------------- \n"
        "1             COMPLETED   02:00:00             billing=64,gres/gpu:a100=4 \n"
        "1.batch       COMPLETED   02:00:00                       gres/gpu:a100=4 \n",
    ],
    ids=["trailing-bar", "gres", "capitals", "aligned"],
)
def test_shapes_of_sacct(write, one, text):
    run = one(write(text))
    assert run.billed_hours == pytest.approx(8.0) and run.accelerator == "a100"


def test_nvidia_smi_pmon_is_of_processes(write):
    with pytest.raises(Refused):
        read_file(
            write("# gpu        pid  type    sm   mem\n# Idx          #   C/G     %     %\n    0  1234  C  50  10\n")
        )
