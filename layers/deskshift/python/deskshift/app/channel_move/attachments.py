"""Carry a conversation's files over, each checked by its hash; one that cannot be had is never skipped (X-03)."""

import hashlib
import tempfile
from typing import IO, Literal

from deskshift.connectors.ports import Inbox, Platform
from deskshift.model.conversation import Attachment, Conversation
from deskshift.model.errors import AnswerTooLarge, VendorRefused, VendorUnavailable
from deskshift.model.move import Quarantined

_ATTEMPTS = 3
_IN_MEMORY = 8 * 1024 * 1024
_CHUNK = 1024 * 1024

Carried = Literal["carried", "overtaken"]


def carry(platform: Platform, conversation: Conversation) -> Carried | Quarantined:
    """Fetch each file into a temporary one and store it in the help desk.

    Returns:
        carried; or overtaken, if the conversation changed, moved or was deleted meanwhile, which takes its files away
        and is somebody else's work now; or why the conversation has to be set aside.

    Raises:
        VendorUnavailable: the platform does not answer at all.
    """
    for file in conversation.attachments():
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as content:
            try:
                whole = _fetched(platform.inbox, file, content)
                if whole:
                    platform.help_desk.store_attachment(conversation.id, file, content)
            except VendorRefused as refused:
                found = f"{refused.status} {refused.vendor_code}"
                return _aside(conversation, "attachment_refused", f"attachment {file.id}: {found}")
            except AnswerTooLarge:
                return _aside(
                    conversation, "attachment_too_large", f"attachment {file.id} is larger than can be carried"
                )
            except VendorUnavailable:
                # One file that always fails must not stop the others; a platform that is down must.
                platform.inbox.changes_head()
                return _aside(conversation, "attachment_unavailable", f"attachment {file.id} is not answered")
        if not whole:
            if _overtaken(platform.inbox, conversation):
                return "overtaken"
            return _aside(conversation, "attachment_unavailable", f"attachment {file.id} cannot be fetched whole")
    return "carried"


def _fetched(inbox: Inbox, file: Attachment, into: IO[bytes]) -> bool:
    """Fetch a file until it is whole, at most three times."""
    return any(inbox.attachment(file.id, into) and _sha256(into) == file.sha256 for _ in range(_ATTEMPTS))


def _sha256(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    content.seek(0)
    while chunk := content.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _overtaken(inbox: Inbox, conversation: Conversation) -> bool:
    """Look again: files go away with a release or a deletion, which may have come in between."""
    items = inbox.read([conversation.id]).items
    return not items or items[0].moved_to is not None or items[0].version != conversation.version


def _aside(conversation: Conversation, code: str, reason: str) -> Quarantined:
    return Quarantined(conversation_id=conversation.id, code=code, reason=reason, version=conversation.version)
