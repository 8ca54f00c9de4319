"""Which model of the catalogue a seller's model name stands for."""

from __future__ import annotations

import re

from builder.common import DATA_DIR, BuildError, read_rows

REGION_PREFIX = r"^(us-gov|us|eu|apac|global|regional|in|jp|au|ca)\."
MAKER_PREFIX = r"^(meta|mistral|qwen|openai|moonshotai|moonshot|zai|minimax|nvidia|google)\."
SELLER_PREFIX = r"^(meta-(?=llama)|databricks-|fw-|moonshotai-|zai-(?=glm))"
SUFFIX = r"-(instruct|chat|hf|it|fp8|fp16|bf16|fp4|nvfp4|awq|dynamic|maas|versatile|instant|specdec|us)$"
# Speed grades and context lengths that a seller adds to a model's name; elsewhere `turbo` is another model.
LLAMA_SUFFIX = r"-(turbo|preview|8192|4096|fast)$"
QWEN25_SUFFIX = r"-turbo$"
MISTRAL_SUFFIX = r"-(v0\.\d|32768)$"
REWRITES = (
    (r"(-v?\d+)?:\d+$", ""),
    (r"^deepseek\.", "deepseek-"),
    (r"(\d)_(\d)", r"\1.\2"),
    (r"(?<=\d)p(?=\d)", "."),
    (SELLER_PREFIX, ""),
    (r"^llama-?v?(\d)", r"llama-\1"),
    (r"^llama-(\d)-(\d)-", r"llama-\1.\2-"),
    (r"^gemma(\d)", r"gemma-\1"),
    (r"^qwen-(\d)", r"qwen\1"),
    (r"^qwen35-", "qwen3.5-"),
    (r"^glm-(\d)-(\d)(?![\db])", r"glm-\1.\2"),
    (r"^kimi-k(\d)-(\d)(?![\db])", r"kimi-k\1.\2"),
)


def bare_name(name: str) -> str:
    """A model's name without seller, maker, region, precision and speed grade."""
    text = name.lower().split("/")[-1]
    for pattern, replacement in ((REGION_PREFIX, ""), (MAKER_PREFIX, ""), *REWRITES):
        text = re.sub(pattern, replacement, text)
    text = text.replace("_", "-").replace(" ", "-")
    while (shorter := _without_suffix(text)) != text:
        text = shorter
    return text


def _without_suffix(text: str) -> str:
    """The name without one suffix that does not change the model."""
    patterns = [SUFFIX]
    if text.startswith("llama-"):
        patterns.append(LLAMA_SUFFIX)
    if text.startswith("qwen2.5-"):
        patterns.append(QWEN25_SUFFIX)
    if text.startswith(("mistral-7b", "mixtral-")):
        patterns.append(MISTRAL_SUFFIX)
    for pattern in patterns:
        text = re.sub(pattern, "", text)
    return text


class ModelNames:
    """Finds the catalogue's model of a seller's name; nothing where the name may mean another model."""

    def __init__(self) -> None:
        models = read_rows(DATA_DIR / "reference/models.csv")
        self.kinds = {row["id"]: row["kind"] for row in models}
        claims: dict[str, set[str]] = {}
        for row in read_rows(DATA_DIR / "reference/model_aliases.csv"):
            if re.search(r"\d", row["spelling"]):
                claims.setdefault(bare_name(row["spelling"]), set()).add(row["model"])
        self.models = {name: min(ids) for name, ids in claims.items() if len(ids) == 1}
        self.models |= {name: name for name, ids in claims.items() if name in ids}
        for extra in read_rows(DATA_DIR / "inputs/api_model_names.csv"):
            if extra["model"] not in self.kinds:
                raise BuildError(f"seller's model name {extra['bare_name']!r} names no model: {extra['model']!r}")
            self.models[extra["bare_name"]] = extra["model"]

    def find(self, name: str, kind: str) -> str:
        """Identifier of the model, or an empty text; embeddings match encoders and the rest language models."""
        found = self.models.get(bare_name(name), "")
        wanted = "encoder" if kind == "embedding" else "llm"
        return found if found and self.kinds[found] == wanted else ""
