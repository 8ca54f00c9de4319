"""Many draws: the figures drawn again are those of a comparison."""

from pathlib import Path

import numpy as np
import pytest

import planner as pl
from planner.decide import losses
from planner.errors import PlannerError
from planner.simulation import CHUNK

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.yaml"))


def worth(decision):
    """Worth of the full plans in each draw of the comparison, best first."""
    ranked = [decision.comparison.outcomes[name] for name in decision.order]
    return -losses(ranked, by_value=decision.by_value)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_same_draws_give_the_same_worth(path):
    """Every figure is made of drawn leaves and its own function alone: drawn again, nothing changes."""
    decision = pl.decide(pl.compare(pl.load_scenario(path), draws=pl.Draws(64, 3)))
    try:
        again = pl.simulate(decision, 64)
    except PlannerError as error:
        assert error.key == "simulation.delay"
        return
    assert again.options == decision.order
    np.testing.assert_allclose(again.values, worth(decision), rtol=1e-9, atol=1e-6)


@pytest.fixture(scope="module")
def prototype():
    (path,) = [path for path in EXAMPLES if path.stem == "montreal_prototype"]
    return pl.decide(pl.compare(pl.load_scenario(path), draws=pl.Draws(CHUNK)))


def test_more_draws_estimate_the_same_mean(prototype):
    many = pl.simulate(prototype, 20_000)
    assert many.values.shape == (20_000, len(prototype.order))
    few = worth(prototype)
    error = few.std(axis=0, ddof=1) / np.sqrt(len(few))
    assert (np.abs(many.values.mean(axis=0) - few.mean(axis=0)) <= 4 * error + 1e-9).all()
    assert sum(many.probability_best.values()) == pytest.approx(1)
    assert list(many.mean) == list(prototype.order)


def test_chunks_are_not_copies(prototype):
    values = pl.simulate(prototype, 2 * CHUNK).values
    assert not np.array_equal(values[:CHUNK], values[CHUNK:])
    assert np.array_equal(values[:CHUNK], pl.simulate(prototype, CHUNK).values)


def test_another_seed_gives_other_draws(prototype):
    assert not np.array_equal(pl.simulate(prototype, 100, seed=1).values, pl.simulate(prototype, 100, seed=2).values)


@pytest.mark.parametrize("draws", [0, 10_000_001])
def test_wrong_number_of_draws(prototype, draws):
    with pytest.raises(PlannerError, match=r"draws\.range"):
        pl.simulate(prototype, draws)
