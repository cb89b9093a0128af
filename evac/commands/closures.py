"""What commands share that close shelters by hand: an id and why."""

from __future__ import annotations


def closing(text: str) -> tuple[str, str]:
    """Id and reason of ``S17=停电``.

    Raises
    ------
    ConfigError
        One of the two is missing.
    """
    from riskmap.errors import ConfigError

    shelter_id, sign, why = text.partition("=")
    if not (shelter_id and sign and why):
        raise ConfigError(
            "not a closure", where="--close", expected="an id and why, such as S17=停电", found=repr(text),
            remedy="say why: whoever is sent elsewhere asks",
        )  # fmt: skip
    return shelter_id, why
