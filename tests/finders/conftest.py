"""A price book with a small table of start-up credits beside the bundled tables."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from planner.prices import PriceBook
from planner.tables import DataFolder, default_folder

NAME = "prices/startup_credits.csv"
CREDITS = """\
credit_id,provider,provider_name,programme,amount_max,currency,validity_months,eligibility,observed_on,source,confidence,flag
gcp_ai_first,gcp,GCP,AI-first,350000,USD,24,"AI-first, seed to Series A",2026,a page,medium,
lambda_programme,lambda,Lambda,startup programme,,USD,,no public figure,,none,none,suspect:no_figure_retrieved
nvidia_inception,nvidia,NVIDIA,Inception,10000,,,not cloud money,2025,a page,medium,suspect:not_money
ovh_startup,ovhcloud,OVHcloud,Startup Program,100000,EUR,12,start-up,2025-12-11,a page,high,
aws_old,aws,AWS,An old offer,1000,USD,,start-up,2022-01-01,a page,high,
"""


@pytest.fixture(scope="session")
def book():
    """The bundled book without its table of credits, should it have one."""
    folder = DataFolder()
    folder.files.pop(NAME, None)
    return PriceBook.load(folder)


@pytest.fixture(scope="session")
def credits_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("book") / "pricing_data"
    shutil.copytree(default_folder(), folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "inputs"))
    (folder / NAME).write_text(CREDITS, encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][NAME] = hashlib.sha256((folder / NAME).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def credits_book(credits_folder):
    return PriceBook.load(DataFolder(credits_folder))
