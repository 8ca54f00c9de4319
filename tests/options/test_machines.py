"""Which accelerators work as one machine, and in which blocks they are sold."""

from __future__ import annotations

import numpy as np
import pytest

VAST = "kind: marketplace, provider: vast, accelerator: RTX-4090, region: US, instance: 1x RTX_4090, else: none"
BLOCKS = "kind: cloud, provider: aws, instance: l40s (on-demand), else: none"  # one price for a card, sold in eights
ONE_BY_ONE = "kind: cloud, provider: verda, accelerator: A100-SXM-80GB, else: none"


@pytest.mark.parametrize(
    ("option", "card", "need", "runs"),
    [
        (VAST, "RTX-4090", 1, True),
        (VAST, "RTX-4090", 2, False),  # the next host is another owner's machine, over the internet
        ("kind: cloud, provider: gcp, instance: a3-highgpu-8g, region: us-central1, else: none", "H100-SXM", 16, True),
    ],
)
def test_a_job_needs_linked_accelerators(ask, option, card, need, runs):
    work = ask.train(card=card, job_accelerators=need, interruptible="true")
    found = ask({"rent": ask.rent, "a": option}, work)["a"]
    if runs:
        assert found.ranked
    else:
        assert (found.status, ask.keys(found.reasons)) == ("infeasible", ["reason.not_linked"])
        assert {"need": 2, "linked": "1"}.items() <= found.reasons[0].arguments.items()


@pytest.mark.parametrize(("need", "paid"), [(1, 8), (8, 8), (9, 16)])
def test_a_block_is_paid_whole(ask, need, paid):
    # 800 hours of work in jobs of `need` cards: the cards beside the job are paid as long
    found = ask.one(BLOCKS, ask.train(card="L40S", job_accelerators=need))
    assert found.ledger.lines[0].quantity.value[0, 0] == pytest.approx(800 / need * paid)


def test_replicas_come_in_blocks(ask):
    # ten requests a second keep five replicas of one card: eight are held
    found = ask.one(BLOCKS, ask.serve(card="L40S"))
    assert float(np.mean(found.hours["serve"].paid)) == pytest.approx(8 * 730)
    single = ask.one(ONE_BY_ONE, ask.serve(card="A100-SXM-80GB"))
    assert float(np.mean(single.hours["serve"].paid)) == pytest.approx(5 * 730)
