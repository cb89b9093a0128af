"""evac: transfer lists, safety codes, check-ins, head-counts, official documents signed.

Names are loaded on first touch (PEP 562), so that ``import evac`` pulls in neither a database nor cryptography.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "CapacityError": "errors",
    "CodeError": "errors",
    "ConflictError": "errors",
    "EvacError": "errors",
    "ExpiredCodeError": "errors",
    "ForgedCodeError": "errors",
    "RevokedCodeError": "errors",
    "UnknownCodeError": "errors",
    "Category": "model",
    "Person": "model",
    "Shelter": "model",
    "State": "model",
    "Event": "events",
    "NO_ONE": "envelope",
    "Mode": "events",
    "PersonState": "state",
    "Role": "tokens",
    "Token": "tokens",
    "create_app": "api.app",
    "make_token": "tokens",
    "fold": "state",
    "refusal": "state",
    "Head": "log",
    "trusted_time": "log",
    "verify_chain": "log",
    "Witness": "witness",
    "recount": "recount",
    "audit": "witness",
    "read_witness": "witness",
    "sign_head": "witness",
    "verify_links": "witness",
    "Clerk": "people.clerk",
    "Identity": "people.identity",
    "examine_number": "people.identity",
    "import_people": "people.load",
    "Ticket": "ticket",
    "sign": "ticket",
    "url_form": "ticket",
    "Caution": "verdict",
    "Finding": "verdict",
    "Verdict": "verdict",
    "Verified": "codes",
    "judge": "codes",
    "verify": "codes",
    "mint": "crockford",
    "short_code": "crockford",
    "KeyRecord": "keys",
    "KeyRing": "keys",
    "SigningKey": "keys",
    "public_keys": "keys",
    "RevocationList": "revocation",
    "newest": "revocation",
    "next_list": "revocation",
    "read_list": "revocation",
    "sign_list": "revocation",
    "edxl_xml": "exchange.edxl",
    "pfif_xml": "exchange.pfif",
    "read_pfif": "exchange.pfif",
    "EventStore": "registry",
    "GroupCommit": "group_commit",
    "Receipt": "registry",
    "Registry": "registry",
    "MemoryStore": "store.memory",
    "PostgresStore": "store.postgres",
    "SQLiteStore": "store.sqlite",
    "Standing": "standing",
    "Roster": "plan.roster",
    "synthetic_roster": "plan.roster",
    "Transfer": "plan.transfer_list",
    "transfer_list": "plan.transfer_list",
    "Progress": "progress",
    "tally": "progress",
    "given_away": "privacy",
    "Vault": "vault",
    "mask_name": "privacy",
    "protect": "privacy",
    "seen_from": "privacy",
    "reveal": "privacy.break_glass",
    "Certificate": "privacy.certificate",
    "destroy_event": "privacy.destroy",
    "back_up": "operations.backup",
    "restore": "operations.backup",
    "suppress": "privacy",
    "run_drill": "drill",
    "Bundle": "sync.bundle",
    "BundleError": "errors",
    "Entry": "sync.merge",
    "Node": "sync.node",
    "device_reports": "sync.counters",
    "export_events": "sync.bundle",
    "merge": "sync.merge",
    "merged_state": "sync.merge",
    "take_in": "sync.intake",
    "Desk": "orders.desk",
    "Document": "orders.register",
    "DocumentLog": "orders.desk",
    "MemoryDocumentLog": "store.memory_documents",
    "SQLiteDocumentLog": "store.sqlite_documents",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'evac' has no attribute {name!r}")
    return getattr(import_module(f"evac.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
