"""gpuhunt, the two banks, genai-prices."""

import pytest
from contract import SourceContract
from loopback import rewritten
from payloads import canada, ecb_csv, genai_prices, gpuhunt_csv, zipped

from planner.errors import PriceError
from planner.pricing import exchange, gpuhunt_catalogue, token_prices
from planner.pricing.nouns import Answer, ShapeChanged


class TestGpuhunt(SourceContract):
    source = gpuhunt_catalogue.SOURCE
    least = 7

    def test_the_version_is_the_day_of_the_price(self, asked, catalogue):
        reading = gpuhunt_catalogue.SOURCE.parse(asked()[0], catalogue)
        found = {(q.provider, q.purchase_model): (q.unit_price, q.observed_on) for q in reading.quotes}
        assert found["nebius", "on_demand"] == (23.6, "2026-11-20")
        assert found["verda", "spot"] == (0.8, "2026-11-20")
        assert found["lambda", "on_demand"] == (2.49, "2026-11-20")
        assert ("aws", "on_demand") not in found and found["aws", "spot"][0] == 21.0
        assert found["vultr", "on_demand"][0] == 24.0

    def test_a_provider_with_a_key_of_its_own_is_left_to_its_own_source(self, asked, loopback, monkeypatch):
        monkeypatch.setenv("LAMBDA_API_KEY", "x")
        asked()
        assert not [path for _, path, _, _ in loopback.requests if "lambdalabs" in path]

    def test_a_folder_of_ones_own_needs_no_network(self, asked, loopback, monkeypatch, tmp_path):
        from world import gpuhunt

        body = gpuhunt()["/verda/20261120-42/catalog.zip"]
        (tmp_path / "verda.csv").write_bytes(gpuhunt_catalogue._unzipped(body, "verda.csv"))
        monkeypatch.setenv("GPUHUNT_CATALOG_DIR", str(tmp_path))
        answers, troubles = asked()
        assert [a.facts["provider"] for a in answers] == ["verda"] and not troubles and not loopback.requests

    def test_a_version_that_is_no_name_is_refused(self, asked, loopback):
        loopback.faults["gpuhunt"] = rewritten(lambda body: b"../../etc/passwd")
        with pytest.raises(ShapeChanged):
            asked()

    def test_a_price_below_zero_is_refused(self):
        from payloads import Sold

        body = gpuhunt_csv([Sold("x", "y", "on_demand", -1.0, "H100")])
        with pytest.raises(ShapeChanged):
            gpuhunt_catalogue.parse([Answer("catalogue", body, {"provider": "verda", "version": "1"})], None)


class TestEuropeanCentralBank(SourceContract):
    source = exchange.EUROPEAN_CENTRAL_BANK

    def test_rates_after_the_newest_bundled_day(self, asked, catalogue):
        rows = exchange.EUROPEAN_CENTRAL_BANK.parse(asked()[0], catalogue).tables["fx/ecb.csv"]
        assert {(r["date"], r["currency"], r["units_per_eur"]) for r in rows} == {
            ("2026-11-20", "USD", "1.15"), ("2026-11-20", "CAD", "1.61"), ("2026-11-19", "USD", "1.149"),
            ("2026-11-19", "CAD", "1.608"),
        }  # fmt: skip

    def test_a_bare_csv_reads_like_the_archive(self, catalogue):
        body = ecb_csv({"2026-11-20": {"USD": 1.15}})
        bare, packed = Answer("x", body), Answer("x", zipped("a.csv", body))
        assert list(exchange.ecb_rates(bare)) == list(exchange.ecb_rates(packed))

    @pytest.mark.parametrize("rate", [115.0, 0.01])
    def test_a_rate_far_from_the_known_one_is_refused(self, catalogue, rate):
        with pytest.raises(PriceError) as refused:
            exchange.parse_ecb([Answer("x", ecb_csv({"2026-11-20": {"USD": rate}}))], catalogue)
        assert refused.value.key == "pricing.unbelievable"


class TestBankOfCanada(SourceContract):
    source = exchange.BANK_OF_CANADA

    def test_dollars_for_one_euro_and_for_one_dollar(self, asked, catalogue):
        rows = exchange.BANK_OF_CANADA.parse(asked()[0], catalogue).tables["fx/bank_of_canada.csv"]
        found = {(r["date"], r["currency"]): float(r["units_per_eur"]) for r in rows}
        assert found["2026-11-21", "CAD"] == 1.613
        assert found["2026-11-21", "USD"] == pytest.approx(1.613 / 1.402)
        assert not [day for day, _ in found if day == "2026-11-22"]  # a day without an observation

    def test_no_observations_bring_nothing(self, catalogue):
        assert exchange.parse_canada([Answer("x", canada({}))], catalogue).tables["fx/bank_of_canada.csv"] == []


class TestTokenPrices(SourceContract):
    source = token_prices.SOURCE

    def test_known_sellers_only(self, asked, catalogue):
        rows = token_prices.SOURCE.parse(asked()[0], catalogue).tables["prices/token_prices.csv"]
        assert [(r["provider"], r["api_model"], r["usd_per_m_input"], r["usd_per_m_output"]) for r in rows] == [
            ("openai", "gpt-4o", "2.5", "10"),
        ]

    def test_prices_by_the_token_instead_of_the_million_are_refused(self, asked, loopback, catalogue):
        loopback.served["token_prices"] = genai_prices({("openai", "gpt-4o"): (2.5e-6, 1e-5)})
        with pytest.raises(PriceError):
            token_prices.SOURCE.parse(asked()[0], catalogue)
