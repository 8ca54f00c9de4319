"""Messages by key (English). The other catalogue has the same keys and places: a test."""

MESSAGES: dict[str, str] = {
}
