"""Messages by key (French). The other catalogue has the same keys and places: a test."""

MESSAGES: dict[str, str] = {
}
