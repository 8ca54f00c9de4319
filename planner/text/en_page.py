"""Messages of the page."""

MESSAGES: dict[str, str] = {}
