"""Where a merge's files are in the bucket; they are kept, as the audit asks."""


def facts_key(account_id: str, preview_id: str) -> str:
    """Name the snapshot of both accounts that a preview rests on."""
    return f"billing/{account_id}/{preview_id}/facts.json"


def preview_key(account_id: str, preview_id: str) -> str:
    """Name the whole preview."""
    return f"billing/{account_id}/{preview_id}/preview.json"


def outcome_key(account_id: str, merge_id: str) -> str:
    """Name what the billing system posted: with a thousand lines it is more than an item holds."""
    return f"billing/{account_id}/{merge_id}/outcome.json"


def report_key(account_id: str, merge_id: str) -> str:
    """Name what came of a merge."""
    return f"billing/{account_id}/{merge_id}/report.json"
