"""What has changed of both accounts since a preview was made: the first field, by its path."""

from collections.abc import Sequence

import msgspec

from deskshift.model.billing import Billing, BillingAccount


def first_change(before: Billing, after: Billing) -> str | None:
    """Name the first field that differs, e.g. `accounts[chat-1].invoices[inv-3].lines[2].amount_minor`.

    What the merge itself switches, an account's collection, and its version, which rises with that, do not count.
    Values are not shown: they may be a customer's.
    """
    return _differing(_content(before), _content(after), "")


def _content(billing: Billing) -> object:
    accounts = tuple(_settings_left_out(account) for account in billing.accounts)
    return msgspec.to_builtins(msgspec.structs.replace(billing, accounts=accounts))


def _settings_left_out(account: BillingAccount) -> BillingAccount:
    return msgspec.structs.replace(account, version=0, autopay=True, dunning=True, renewal=True)


def _differing(before: object, after: object, path: str) -> str | None:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            found = _differing(before.get(name), after.get(name), f"{path}.{name}" if path else str(name))
            if found is not None:
                return found
        return None
    if isinstance(before, list | tuple) and isinstance(after, list | tuple):
        return _in_list(before, after, path)
    return None if before == after else path


def _in_list(before: Sequence[object], after: Sequence[object], path: str) -> str | None:
    if len(before) != len(after):
        return f"{path} ({len(before)} before, {len(after)} now)"
    for index, (old, new) in enumerate(zip(before, after, strict=True)):
        name = old.get("id", index) if isinstance(old, dict) else index
        found = _differing(old, new, f"{path}[{name}]")
        if found is not None:
            return found
    return None
