"""What every source keeps to. A source's own test class inherits these and says which source it is of."""

import datetime as dt
import time

import httpx
import pytest
from loopback import KEYS, half, status

from planner.errors import PriceError
from planner.layers import may_be_refreshed
from planner.offer_rows import CATEGORIES, COLUMNS
from planner.pricing.nouns import Answer, Trouble
from planner.pricing.rows import offer_rows
from planner.pricing.wire import DeadlinePassed, Wire
from planner.units import CURRENCIES

TODAY = dt.date(2026, 11, 22)


class SourceContract:
    """Subclasses set `source`; `keys` names the credentials it is asked with, `least` the rows it must bring."""

    source = None
    keys = ()
    least = 1
    fault_path = None  # first part of the path whose faults are tried; default the id

    @pytest.fixture
    def asked(self, loopback, monkeypatch, catalogue):
        """Asks the loopback server; returns answers and troubles."""
        for name in self.keys:
            monkeypatch.setenv(name, KEYS[name])

        def ask(seconds=20.0, **how):
            known = [machine.instance_type for machine in catalogue.instances(self.source.id)]
            wire = Wire(self.source.id, self.source.address, time.monotonic() + seconds, known_instances=known, **how)
            try:
                found = list(self.source.fetch(wire))
            finally:
                wire.close()
            return [a for a in found if isinstance(a, Answer)], [t for t in found if isinstance(t, Trouble)]

        return ask

    def rows(self, reading, catalogue):
        tables, _ = offer_rows(reading.quotes, catalogue, TODAY)
        return {**tables, **{name: list(rows) for name, rows in reading.tables.items()}}

    def test_it_answers_without_trouble(self, asked):
        answers, troubles = asked()
        assert answers and not troubles

    def test_it_may_be_asked(self, asked):
        assert self.source.askable and self.source.moved_by and self.source.address.startswith("http://127.0.0.1")

    def test_every_row_says_what_where_when_and_from_whom(self, asked, catalogue):
        tables = self.rows(self.source.parse(asked()[0], catalogue), catalogue)
        assert sum(map(len, tables.values())) >= self.least
        for name, rows in tables.items():
            assert may_be_refreshed(name)
            if not name.startswith("prices/offers/"):
                continue
            for row in rows:
                assert list(row) == COLUMNS
                assert row["accelerator"] in catalogue.reference.accelerators
                assert float(row["unit_price_per_hour"]) > 0 and float(row["accelerator_count"]) > 0
                assert row["currency"] in CURRENCIES and row["purchase_model"] in CATEGORIES
                assert dt.date.fromisoformat(row["observed_on"]) <= TODAY
                assert (
                    row["source"]
                    and row["provider"]
                    and row["provider_name"]
                    and row["provider_kind"]
                    and row["region"]
                )

    def test_parse_is_pure(self, asked, catalogue):
        answers = asked()[0]
        assert self.source.parse(answers, catalogue) == self.source.parse(answers, catalogue)

    def test_half_an_answer_is_refused(self, asked, catalogue):
        for answer in asked()[0]:
            cut = Answer(answer.operation, answer.body[: len(answer.body) // 2].rstrip(b"\n "), answer.facts)
            whole = self.source.parse([answer], catalogue)
            try:
                read = self.source.parse([cut], catalogue)
            except PriceError:
                continue
            # a table of lines may be cut between two of them: then what is left must be right
            assert set(read.quotes) <= set(whole.quotes)
            assert all(row in whole.tables[name] for name, rows in read.tables.items() for row in rows)

    @pytest.mark.parametrize(
        "body", [b"<html>maintenance</html>", b"[]", b"null", b'"text"', b"3", b"\x00\xff\xfe", b"{"]
    )
    def test_another_shape_is_refused_or_brings_nothing(self, asked, catalogue, body):
        for answer in asked()[0]:
            try:
                read = self.source.parse([Answer(answer.operation, body, answer.facts)], catalogue)
            except PriceError:
                continue
            assert not read.quotes and not any(read.tables.values())

    def test_no_answers_bring_nothing(self, catalogue):
        read = self.source.parse([], catalogue)
        assert not read.quotes and not any(read.tables.values())

    def test_a_refusal_of_the_server_is_a_trouble(self, asked, loopback):
        for name in (*loopback.served, "aws-ec2", "aws-pricing", "aws-savingsplans"):
            loopback.faults[name] = status(403)
        answers, troubles = asked()
        assert troubles and not answers

    def test_a_transfer_that_breaks_off_is_a_trouble_or_a_refusal(self, asked, loopback, catalogue):
        for name in (*loopback.served, "aws-ec2", "aws-pricing", "aws-savingsplans"):
            loopback.faults[name] = half
        try:
            answers, troubles = asked()
        except (PriceError, DeadlinePassed, httpx.HTTPError):
            return
        assert troubles
        if answers:  # a client may hand on what it had: then it must not be read as an answer
            with pytest.raises(PriceError):
                self.source.parse(answers, catalogue)

    def test_keys_travel_in_headers_only(self, asked, loopback):
        asked()
        secrets = [KEYS[name] for name in self.keys if name != "AWS_ACCESS_KEY_ID"]  # the id of an AWS key is no secret
        for _, path, _, body in loopback.requests:
            assert not any(secret in path or secret.encode() in body for secret in secrets)
