"""The page opened as a visitor opens it, and the words that it shows."""

import html
import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[2] / "app.py"


def visit(lang: str = "en", example: str | None = None) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=60)
    page.query_params["lang"] = lang
    if example:
        page.query_params["scenario"] = example
    return page.run()


def words_of(page: AppTest) -> str:
    """The words of tables and cards, without their tags."""
    bodies = [str(element.proto.body) for element in page.get("html")]
    text = re.sub(r"</?(?:code|b)>", "", " ".join(bodies))
    return html.unescape(re.sub(r"<[^>]+>", " ", text))
