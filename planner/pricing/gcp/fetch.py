"""Questions to the Cloud Billing Catalog through Google's client."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from planner.errors import Message
from planner.pricing.gcp.skus import WANTED
from planner.pricing.nouns import Answer, Trouble
from planner.pricing.wire import Wire, reason_of

COMPUTE = "services/6F81-5844-456A"
OLD_TPUS = "services/E000-3F24-B8AA"
KEYS = ("GOOGLE_API_KEY", "GOOGLE_CLOUD_API_KEY")
PAGE = 5000


def has_credentials() -> bool:
    """Whether a key is set, or Google's own chain finds credentials on this machine without asking the network."""
    if any(os.environ.get(name) for name in (*KEYS, "GOOGLE_APPLICATION_CREDENTIALS")):
        return True
    from google.auth import _cloud_sdk

    return os.path.isfile(_cloud_sdk.get_application_default_credentials_path())  # type: ignore[no-untyped-call]


def fetch(wire: Wire) -> Iterator[Answer | Trouble]:
    """Pages of SKUs, each with what is wanted of it."""
    from google.api_core.exceptions import GoogleAPICallError, PermissionDenied, RetryError, Unauthenticated
    from google.auth.exceptions import GoogleAuthError

    try:
        with _client(wire) as client:
            for service in (COMPUTE, OLD_TPUS):
                yield from _pages(client, service, wire)
    except (PermissionDenied, Unauthenticated) as error:
        yield Trouble(Message("pricing.denied", {"host": "Google Cloud", "status": error.code}))
    except GoogleAPICallError as error:
        yield Trouble(Message("pricing.status", {"host": "Google Cloud", "status": error.code}))
    except (GoogleAuthError, RetryError) as error:
        problem = wire.clean(f"{type(error).__name__}: {error}")[:200]
        yield Trouble(Message("pricing.problem", {"host": "Google Cloud", "problem": problem}))
    except OSError as error:
        yield Trouble(reason_of(error, wire))


def _client(wire: Wire) -> Any:
    """Google's client, with a key or its own credentials. A server of one's own is asked over plain REST."""
    from google.api_core.client_options import ClientOptions
    from google.cloud import billing_v1

    key, own = wire.secret(*KEYS), os.environ.get("PLANNER_GCP_URL")
    options: dict[str, Any] = {"api_key": key} if key else {}
    if own:
        options["api_endpoint"] = wire.base
    transport = "rest" if own or key else "grpc"
    return billing_v1.CloudCatalogClient(transport=transport, client_options=ClientOptions(**options))


def _pages(client: Any, service: str, wire: Wire) -> Iterator[Answer]:
    from google.api_core.exceptions import DeadlineExceeded, ServiceUnavailable, TooManyRequests
    from google.api_core.retry import Retry, if_exception_type
    from google.cloud import billing_v1

    passing = if_exception_type(ServiceUnavailable, TooManyRequests, DeadlineExceeded)
    retry = Retry(predicate=passing, initial=0.5, maximum=8.0, timeout=wire.remaining())
    request = billing_v1.ListSkusRequest(parent=service, currency_code="USD", page_size=PAGE)
    timeout = min(wire.read_s, wire.remaining())
    for page in client.list_skus(request=request, retry=retry, timeout=timeout).pages:
        wire.remaining()
        found = [sku for sku in type(page).pb(page).skus if WANTED.search(sku.description)]
        yield Answer("ListSkus", json.dumps({"skus": [_plain(sku) for sku in found]}).encode(), {"service": service})


def _plain(sku: Any) -> dict[str, Any]:
    """The SKU as the service's JSON has it: what is read of it (the general conversion takes ten times as long)."""
    category = sku.category
    return {
        "skuId": sku.sku_id,
        "description": sku.description,
        "category": {"resourceGroup": category.resource_group, "usageType": category.usage_type},
        "serviceRegions": list(sku.service_regions),
        "pricingInfo": [
            {
                "effectiveTime": info.effective_time.ToJsonString(),
                "pricingExpression": {
                    "usageUnit": info.pricing_expression.usage_unit,
                    "tieredRates": [
                        {
                            "startUsageAmount": rate.start_usage_amount,
                            "unitPrice": {
                                "currencyCode": rate.unit_price.currency_code,
                                "units": str(rate.unit_price.units),
                                "nanos": rate.unit_price.nanos,
                            },
                        }
                        for rate in info.pricing_expression.tiered_rates
                    ],
                },
            }
            for info in sku.pricing_info
        ],
    }
