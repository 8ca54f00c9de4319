"""Messages of the command that begins (English)."""

MESSAGES: dict[str, str] = {
    "init.unknown_profile": "{name!r} is not a profile. Choose {valid}; `planner init --list` says what each is for.",
    "init.exists": "{place} exists already and is left as it is. Name another file with -o, or overwrite it with --force.",
    "init.next": "Wrote {place} (profile {profile}). Edit it - what to change first is said at its top - then: {command}",
    "init.profile.prototype": "a small start-up that tunes and tries: spot, marketplace, notebooks against buying",
    "init.profile.steady": "a continuous, predictable load: own cluster, hybrid, commitment, colocation against the cloud",
    "init.profile.academic": "a laboratory or a company with one: public centres, else spot",
    "init.profile.inference": "a product in service: replicas on demand, commitment, own server, tokens, start-up credits",
    "init.profile.regulated": "data that may not leave: own premises, colocation or cloud in the country; what is refused and why",
}
