"""Amazon: boto3 against the loopback server, botocore's own check of shapes, and what is public."""

import datetime as dt
import json

import boto3
import pytest
from botocore.stub import ANY, Stubber
from contract import TODAY, SourceContract
from payloads import Sold, aws_bulk, aws_instance, aws_product, aws_reserved, text

from planner.errors import PriceError
from planner.pricing import aws
from planner.pricing.aws import commitments, fetch, machines, products, spot
from planner.pricing.nouns import Answer, ShapeChanged
from planner.pricing.rows import offer_rows

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class TestAwsWithCredentials(SourceContract):
    source = aws.SOURCE
    keys = KEYS
    least = 7

    def test_prices_by_hand(self, asked, catalogue):
        answers, troubles = asked(regions=("us-east-1", "ca-central-1"))
        assert not troubles
        reading = aws.SOURCE.parse(answers, catalogue)
        found = {(q.instance_type, q.region, q.purchase_model): q.unit_price for q in reading.quotes}
        assert found == {
            ("p5.48xlarge", "us-east-1", "on_demand"): 55.04,
            ("g6.xlarge", "ca-central-1", "on_demand"): 0.8909,
            ("g6f.large", "us-east-1", "on_demand"): 0.2018,
            ("p5.48xlarge", "us-east-1", "spot"): 22.0,  # median of 20, 22 and 30
            ("p5.48xlarge", "us-east-1", "capacity_block"): pytest.approx(31.46),  # 1510.08 / (24 h × 2)
            ("p5.48xlarge", "us-east-1", "savings_plan_1y"): 34.2,
            ("p5.48xlarge", "us-east-1", "savings_plan_3y"): 24.8,
        }
        assert reading.tables["prices/spot_interruptions.csv"] == [
            {"provider": "aws", "instance_type": "p5.48xlarge", "region": "us-east-1", "band_low_fraction": "0.1",
             "band_high_fraction": "0.15", "observed_on": dt.datetime.now(dt.UTC).date().isoformat(),
             "source": "AWS Spot Instance Advisor", "flag": ""},
        ]  # fmt: skip

    def test_a_part_of_a_card_is_counted_as_a_part(self, asked, catalogue):
        reading = aws.SOURCE.parse(asked(regions=("us-east-1",))[0], catalogue)
        shared = next(q for q in reading.quotes if q.instance_type == "g6f.large")
        assert shared.accelerator_count == 0.125 and "0.125 of one accelerator" in shared.note
        rows, _ = offer_rows([shared], catalogue, TODAY)
        assert [row["accelerator"] for row in rows["prices/offers/aws.csv"]] == ["L4"]

    def test_the_filters_are_asked_for(self, asked, loopback):
        asked(regions=("us-east-1",))
        question = json.loads(
            next(body for _, path, _, body in loopback.asked("aws-pricing") if b"p5.48xlarge" in body)
        )
        filters = {one["Field"]: one["Value"] for one in question["Filters"]}
        assert filters == {
            "instanceType": "p5.48xlarge", "operatingSystem": "Linux", "tenancy": "Shared", "capacitystatus": "Used",
            "preInstalledSw": "NA", "marketoption": "OnDemand", "regionCode": "us-east-1",
        }  # fmt: skip


class TestAwsWithoutCredentials(SourceContract):
    source = aws.SOURCE
    least = 4

    def test_bulk_files_by_hand(self, asked, catalogue):
        answers, _ = asked()
        reading = aws.SOURCE.parse(answers, catalogue)
        found = {(q.instance_type, q.purchase_model, q.payment): round(q.unit_price, 6) for q in reading.quotes}
        # the term is paid at once: 0.6 × 55.04 × 8760 h, spread over 8760 h
        assert found == {
            ("p5.48xlarge", "on_demand", ""): 55.04, ("p5.48xlarge", "reserved_1y", "all_upfront"): 33.024,
            ("g6.xlarge", "on_demand", ""): 0.8909, ("g6.xlarge", "reserved_1y", "all_upfront"): 0.53454,
        }  # fmt: skip
        assert all("2026-11-01" in q.source for q in reading.quotes)

    def test_only_rows_of_known_machines_are_kept_while_the_file_comes(self, asked, loopback):
        path = "/offers/v1.0/aws/AmazonEC2/current/us-east-1/index.csv"
        loopback.served["aws"][path] = aws_bulk([Sold(f"m5.{i}large", "us-east-1", "", 0.1) for i in range(500)])
        kept = next(a for a in asked()[0] if a.facts.get("region") == "us-east-1")
        assert kept.body.count(b"\n") == 0  # the header


def test_shapes_hold_against_the_service_model():
    """botocore refuses members that the real service does not have; the paginator asks for both pages."""
    client = boto3.client("pricing", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    first, second = (
        aws_product(Sold("p5.48xlarge", "us-east-1", "", price), sku) for price, sku in ((55.04, "A"), (56.0, "B"))
    )
    with Stubber(client) as stubber:
        stubber.add_response(
            "get_products", {"PriceList": [first], "NextToken": "more"}, {"ServiceCode": "AmazonEC2", "Filters": ANY}
        )
        stubber.add_response(
            "get_products", {"PriceList": [second]}, {"ServiceCode": "AmazonEC2", "Filters": ANY, "NextToken": "more"}
        )
        answers = list(fetch._products(client, "p5.48xlarge", ["us-east-1"]))
    assert [q.unit_price for a in answers for q in products.price_list(a)] == [55.04, 56.0]


def test_spot_shape_against_the_service_model():
    client = boto3.client("ec2", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    when = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    record = {"InstanceType": "p5.48xlarge", "ProductDescription": "Linux/UNIX", "SpotPrice": "21.5", "Timestamp": when,
              "AvailabilityZone": "us-east-1a"}  # fmt: skip
    with Stubber(client) as stubber:
        stubber.add_response("describe_spot_price_history", {"SpotPriceHistory": [record]}, {
            "InstanceTypes": ["p5.48xlarge"], "ProductDescriptions": ["Linux/UNIX"], "StartTime": ANY, "EndTime": ANY,
        })  # fmt: skip
        answers = list(fetch._spot(client, "us-east-1", ["p5.48xlarge"]))
    assert [q.unit_price for q in spot.history(answers)] == [pytest.approx(21.5)]


def page(*records):
    return Answer("GetProducts", text({"PriceList": list(records)}))


@pytest.mark.parametrize(
    "trap",
    [
        {"marketoption": "CapacityBlock"},
        {"capacitystatus": "UnusedCapacityReservation"},
        {"operatingSystem": "Windows"},
        {"tenancy": "Dedicated"},
        {"preInstalledSw": "SQL Std"},
        {"locationType": "AWS Local Zone"},
        {"instanceType": ""},
    ],
    ids=lambda trap: "-".join(trap.values()) or "no-instance",
)
def test_rows_that_are_no_rented_linux_machine_are_left_out(trap):
    sold = Sold("p5.48xlarge", "us-east-1", "", 0.0)
    assert list(products.price_list(page(aws_product(sold, "T", **trap)))) == []


def test_a_price_of_zero_on_demand_is_refused_not_taken():
    with pytest.raises(ShapeChanged):
        list(products.price_list(page(aws_product(Sold("p5.48xlarge", "us-east-1", "", 0.0), "T"))))


def test_two_prices_on_demand_are_refused_not_picked_from():
    record = json.loads(aws_product(Sold("p5.48xlarge", "us-east-1", "", 55.04), "T"))
    dimensions = next(iter(record["terms"]["OnDemand"].values()))["priceDimensions"]
    dimensions["second"] = {"unit": "Hrs", "pricePerUnit": {"USD": "1.0"}}
    with pytest.raises(ShapeChanged):
        list(products.price_list(page(json.dumps(record))))


def test_a_price_in_another_currency_is_refused():
    record = aws_product(Sold("p5.48xlarge", "cn-north-1", "", 55.04), "T").replace('"USD"', '"CNY"')
    with pytest.raises(PriceError) as refused:
        list(products.price_list(page(record)))
    assert refused.value.key == "pricing.currency"


@pytest.mark.parametrize(
    ("length", "option", "hourly", "upfront", "expected", "payment"),
    [
        ("1yr", "No Upfront", 30.0, 0.0, 30.0, "monthly"),
        ("1yr", "All Upfront", 0.0, 262_800.0, 30.0, "all_upfront"),  # 262800 / 8760
        ("3yr", "Partial Upfront", 10.0, 262_800.0, 20.0, "partial_upfront"),  # 10 + 262800 / 26280
    ],
)
def test_what_is_paid_at_once_is_spread_over_the_term(length, option, hourly, upfront, expected, payment):
    record = json.loads(aws_product(Sold("p5.48xlarge", "us-east-1", "", 55.04), "T"))
    record["terms"]["Reserved"] = {
        "a": aws_reserved(length, option, hourly, upfront), "b": aws_reserved(length, option, 99.0, 0.0, "convertible"),
    }  # fmt: skip
    _, reserved = products.price_list(page(json.dumps(record)))
    assert reserved.unit_price == pytest.approx(expected) and reserved.payment == payment


def test_accelerators_of_all_makers_are_found():
    trainium = {"InstanceType": "trn1.32xlarge", "NeuronInfo": {"NeuronDevices": [{"Count": 16, "Name": "Trainium"}]}}
    plain = {"InstanceType": "m5.xlarge", "VCpuInfo": {"DefaultVCpus": 4}}
    answer = Answer(
        "DescribeInstanceTypes",
        text({"InstanceTypes": [aws_instance("p5.48xlarge", "H100", 8, 81920), trainium, plain]}),
    )
    found = {one.instance: (one.accelerator, one.count) for one in machines.instance_types(answer)}
    assert found == {"p5.48xlarge": ("H100", 8), "trn1.32xlarge": ("Trainium", 16), "m5.xlarge": ("", 0)}


def test_spot_prices_count_by_the_time_they_were_in_force():
    """6 h at 10 that began before the window, then 2 h at 18: (6 × 10 + 2 × 18) / 8 = 12."""
    records = [
        {"InstanceType": "p5.48xlarge", "ProductDescription": "Linux/UNIX", "SpotPrice": price, "Timestamp": when,
         "AvailabilityZone": "us-east-1a"}
        for price, when in (("10", "2026-11-20T00:00:00+00:00"), ("18", "2026-11-21T06:00:00+00:00"))
    ]  # fmt: skip
    facts = {"region": "us-east-1", "start": "2026-11-21T00:00:00+00:00", "end": "2026-11-21T08:00:00+00:00"}
    (quote,) = spot.history([Answer("DescribeSpotPriceHistory", text({"SpotPriceHistory": records}), facts)])
    assert quote.unit_price == pytest.approx(12.0)


def test_a_block_costs_its_fee_over_all_its_hours_and_instances():
    record = {
        "InstanceType": "p5.48xlarge",
        "AvailabilityZone": "us-west-2a",
        "CapacityBlockDurationHours": 48,
        "InstanceCount": 1,
        "UpfrontFee": "1993.34",
        "CurrencyCode": "USD",
        "StartDate": "2026-12-01T00:00:00Z",
    }
    (quote,) = commitments.capacity_blocks([Answer("x", text({"CapacityBlockOfferings": [record]}))])
    assert quote.unit_price == pytest.approx(41.5279, abs=1e-4) and quote.region == "us-west-2"


@pytest.mark.parametrize("payment", ["All Upfront", "Partial Upfront"])
def test_savings_plans_with_money_at_once_are_another_rate(payment):
    from payloads import aws_savings_rate

    record = aws_savings_rate(Sold("m5.xlarge", "us-east-1", "", 0.1286), 1, payment=payment)
    assert list(commitments.savings_plans([Answer("x", text({"searchResults": [record]}))])) == []
