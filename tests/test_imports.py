"""Importing the library stays light: no page framework, no provider client, no data frame."""

import json
import subprocess
import sys

HEAVY = ("streamlit", "boto3", "botocore", "google", "pandas")


def test_import_loads_nothing_heavy():
    code = "import json, sys; old = set(sys.modules); import planner; print(json.dumps(list(set(sys.modules) - old)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    roots = {name.split(".")[0] for name in json.loads(run.stdout)}
    assert "planner" in roots
    assert roots.isdisjoint(HEAVY)
