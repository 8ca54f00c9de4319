"""Azure: totals of reservations, Windows rows, spot alarms, pages, links to elsewhere."""

import pytest
from contract import SourceContract
from payloads import Sold, azure_item, azure_page, text

from planner.errors import PriceError
from planner.pricing import azure
from planner.pricing.nouns import Answer, ShapeChanged


class TestAzure(SourceContract):
    source = azure.SOURCE
    least = 7

    def test_prices_by_hand(self, asked, catalogue):
        reading = azure.SOURCE.parse(asked()[0], catalogue)
        found = {(q.instance_type, q.purchase_model): q.unit_price for q in reading.quotes}
        assert found == {
            ("Standard_ND96isr_H100_v5", "on_demand"): 98.32,
            ("Standard_ND96isr_H100_v5", "spot"): 18.169536,
            ("Standard_ND96isr_H100_v5", "reserved_1y"): pytest.approx(58.98082),  # 516672 / 8760 h
            ("Standard_ND96isr_H100_v5", "reserved_3y"): 40.0,  # 1051200 / 26280 h
            ("Standard_ND96isr_H100_v5", "savings_plan_1y"): 71.0,
            ("Standard_ND96isr_H100_v5", "savings_plan_3y"): 50.0,
            ("Standard_NV6ads_A10_v5", "on_demand"): 0.545,
        }

    def test_a_sixth_of_a_card_is_a_sixth(self, asked, catalogue):
        rows = self.rows(azure.SOURCE.parse(asked()[0], catalogue), catalogue)["prices/offers/azure.csv"]
        part = next(row for row in rows if row["instance_type"] == "Standard_NV6ads_A10_v5")
        assert float(part["accelerator_count"]) == pytest.approx(1 / 6, abs=0.01)

    def test_the_next_page_is_asked_of_the_server_that_was_configured(self, asked, loopback):
        loopback.served["azure"] = [
            azure_item(Sold("Standard_ND96isr_H100_v5", f"r{i}", "", 98.32)) for i in range(2500)
        ]
        answers, _ = asked()
        assert [len(a.json()["Items"]) for a in answers] == [1000, 1000, 500]
        assert len(loopback.asked("azure")) == 3

    def test_regions_are_asked_one_by_one(self, asked, loopback):
        asked(regions=("canadacentral", "eastus"))
        assert ["canadacentral" in path for _, path, _, _ in loopback.asked("azure")] == [True, False]


def read(*items, **page):
    document = {"BillingCurrency": "USD", "Items": list(items), "NextPageLink": None} | page
    return azure.parse([Answer("retail prices", text(document))], _NoMachines())


class _NoMachines:
    def machine(self, provider, instance):
        return None


ITEM = Sold("Standard_ND96isr_H100_v5", "eastus", "", 98.32)


@pytest.mark.parametrize(
    "trap",
    [
        {"productName": "Virtual Machines ND Series Windows"}, {"skuName": "ND96 Low Priority"},
        {"type": "DevTestConsumption"}, {"productName": "ND Dedicated Host"}, {"productName": "ND Cloud Services"},
        {"isPrimaryMeterRegion": False}, {"armSkuName": ""}, {"retailPrice": 0.0},
    ],
    ids=str,
)  # fmt: skip
def test_rows_that_are_no_rented_linux_machine_are_left_out(trap):
    assert read(azure_item(ITEM, **trap)).quotes == []


def test_another_currency_is_refused():
    with pytest.raises(PriceError) as refused:
        read(azure_item(ITEM), BillingCurrency="CAD")
    assert refused.value.key == "pricing.currency"


@pytest.mark.parametrize(
    "change",
    [{"unitOfMeasure": "100 Hours"}, {"type": "Surprise"}, {"type": "Reservation", "reservationTerm": "7 Years"}],
)
def test_a_unit_a_kind_or_a_term_that_is_not_documented_is_refused(change):
    with pytest.raises(ShapeChanged):
        read(azure_item(ITEM, **change))


def test_a_page_is_what_the_builder_says():
    assert azure_page([]).startswith(b'{"BillingCurrency"')
