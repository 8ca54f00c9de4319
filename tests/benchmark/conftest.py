"""A file written, read as its one run, and the rate of a run."""

import json

import pytest

from planner.benchmark import read_file


@pytest.fixture
def write(tmp_path):
    def write(content, name="run.dat"):
        path = tmp_path / name
        text = content if isinstance(content, bytes | str) else json.dumps(content)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


@pytest.fixture
def one():
    def one(path, **how):
        (run,) = read_file(path, **how)
        return run

    return one


@pytest.fixture
def rate():
    def rate(run):
        return pytest.approx(run.throughput.value), run.throughput.unit, run.throughput.scope

    return rate
