"""What others may see: names by role, counts that give nobody away, reads that are logged, and the end of an event."""

from evac.privacy.counts import SMALLEST_SHOWN, suppress
from evac.privacy.masking import mask_name, mask_phone, seen_from
from evac.privacy.tables import Margins, given_away, interval, protect

__all__ = [
    "SMALLEST_SHOWN",
    "Margins",
    "given_away",
    "interval",
    "mask_name",
    "mask_phone",
    "protect",
    "seen_from",
    "suppress",
]
