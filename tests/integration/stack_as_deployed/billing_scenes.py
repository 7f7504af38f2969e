"""Scenes of billing merges: done with a task token, refused, expired, never valid, and looked at."""

import json
from datetime import date
from typing import Any

import msgspec

from deskshift.model.billing import Contact
from infra.connections import Target, connect_billing
from infra.local.sandbox.billing_records import Billing
from tests.integration.stack_as_deployed.played import Played
from tests.integration.zuora.tenant import CLIENT_ID, TOKEN, serving, stocked
from tests.integration.zuora.tenant import SECRET as CLIENT_SECRET
from tests.integration.zuora.tenant_items import AGREED
from tests.integration.zuora.zuora import told
from tests.support.billing import account, billing, invoice, paid
from tests.support.merging import Merging, at


def merges(played: Played) -> None:
    """Preview, merge by a machine that waits, ask again, and send what can never succeed."""
    one = _merging(played)
    with at("2022-12-02T08:00:00+00:00"):
        preview = one.preview()
    with at("2022-12-20T08:00:00+00:00"):
        assert one.merge(preview)["status"] == "refused"  # it has expired
    again = one.preview(request_id="request-2")
    assert one.waited_for(again)["status"] == "SUCCEEDED"
    played.shown.append(one.ended(again))
    after = one.preview(request_id="request-3")
    assert one.waited_for(after, forced=True)["status"] == "FAILED"
    one.send({"account_id": one.account.id}, dedup=f"never-{one.account.id}")
    expired = _merging(played)
    with at("2022-12-02T08:00:00+00:00"):
        expired.preview()
    with at("2022-12-20T08:00:00+00:00"):
        expired.preview()  # the same one, renewed
    played.stack.drain(60)


def merges_in_zuora(played: Played) -> None:
    """Preview and merge an account that is billed in a Zuora tenant."""
    seeded = played.account([])
    stack = played.stack
    played.secrets += [CLIENT_SECRET, TOKEN]
    with serving(stocked()) as tenant:
        tenant.preview = AGREED
        target = Target(
            stack.name,
            stack.region,
            stack.physical_id("ConnectionsTable"),
            stack.http_url,
            stack.client("secretsmanager"),
        )
        credentials = json.dumps({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
        connect_billing(target, seeded.id, told(tenant, requests_per_second=1e6), credentials)
        one = Merging(seeded, upgrade_at="2026-06-16")
        with at("2026-06-17T06:00:00+00:00"):
            preview = one.preview()
            assert one.merge(preview)["status"] == "done"
        assert tenant.tokens[0].startswith(TOKEN)
    played.shown.append(one.ended(preview))


def _merging(played: Played) -> Merging:
    bill = invoice("chat", 6000, date(2022, 11, 10), date(2022, 12, 10), tax=1380)
    contact = Contact(
        id="contact-chat", role="bill_to", name=played.word("name"), email=f"{played.word('mail')}@mail.example"
    )
    chat = account("chat", invoices=(bill,), payments=(paid(bill, 7380),), contacts=(contact,))
    form: Any = msgspec.to_builtins(billing(chat, account("support", "600")))
    held = msgspec.convert({name: form[name] for name in ("accounts", "prices", "contracts")}, Billing)
    seeded = played.account([])
    played.sandbox.set_options(seeded.id, billing=msgspec.to_builtins(held))
    return Merging(seeded, upgrade_at="2022-12-01")
