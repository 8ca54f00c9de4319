"""The manifest: which files belong to the snapshot, and their digests."""

from __future__ import annotations

import hashlib
import json

from builder.common import DATA_DIR, read_rows

SNAPSHOT_FOLDERS = ("prices", "fx", "reference", "measured")
BESIDE = ("assumptions.csv", "estimator.json")  # kept by hand; written by fit.py


def write_manifest() -> list[str]:
    """Writes manifest.json; what is kept by hand or fitted belongs to it, overrides.csv does not."""
    files = sorted(path for folder in SNAPSHOT_FOLDERS for path in (DATA_DIR / folder).rglob("*.csv"))
    files += [DATA_DIR / name for name in BESIDE if (DATA_DIR / name).is_file()]
    newest = max(row["observed_on"] for path in files if path.parent.name == "offers" for row in read_rows(path))
    manifest = {
        "schema": 1,
        "id": f"snapshot-{newest}",
        "files": {
            path.relative_to(DATA_DIR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
        },
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (DATA_DIR / "manifest.json").write_text(text, encoding="utf-8", newline="\n")
    return [f"manifest: {manifest['id']}, {len(files)} files"]
