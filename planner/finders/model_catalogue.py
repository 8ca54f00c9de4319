"""Models that an estimate or a scenario may name: size, geometry, positions, aliases."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from planner.errors import PriceError
from planner.estimator.shape import shape_from_catalogue
from planner.reference import Reference
from planner.text.places import plain
from planner.units import close_matches


@dataclass(frozen=True)
class FoundModel:
    """A model. Parameters as numbers; positions [token]; operations of one item [FLOP], of what is no language model.

    cache_bytes_per_token: in 16 bits. flag: what to know of the row.
    """

    id: str
    name: str
    publisher: str
    kind: str
    parameters: float | None
    parameters_active: float | None
    layers: float | None
    hidden: float | None
    max_context: float | None
    cache_bytes_per_token: float | None
    forward_flops: float | None
    item: str
    aliases: tuple[str, ...]
    source: str
    flag: str


def models(text: str = "", *, reference: Reference | None = None) -> tuple[FoundModel, ...]:
    """Models whose name, publisher, kind or alias holds a text, by publisher and size.

    Raises PriceError with close matches when nothing is found.
    """
    reference = reference or Reference()
    aliases: dict[str, list[str]] = defaultdict(list)
    for row in reference.folder.table("reference/model_aliases.csv"):
        if row["spelling"] != row["model"]:
            aliases[row["model"]].append(row["spelling"])
    wanted = plain(text)
    found = []
    for key, row in reference.models.items():
        words = (key, row["name"], row["family"], row["kind"], *aliases[key])
        if not any(wanted in plain(word) for word in words):
            continue
        shape = shape_from_catalogue(row)
        cache = 2 * shape.kv_elements if shape.kv_elements else None
        found.append(FoundModel(
            key, row["name"], row["family"], row["kind"], shape.parameters or None, shape.parameters_active or None,
            shape.layers, shape.hidden, shape.max_context, cache, shape.forward_flops_per_sample, row["item"],
            tuple(aliases[key]), row["source"], row["flag"],
        ))  # fmt: skip
    if not found:
        close = close_matches(text, [*reference.models, *(name for names in aliases.values() for name in names)])
        raise PriceError("finders.no_model", close=close, given=text)
    return tuple(sorted(found, key=lambda one: (one.publisher.lower(), one.parameters or 0.0, one.id)))
