"""Every error of deskshift: a class with a stable code, what happened, and what to do.

Step Functions sees an error by its class name, an operator by its `code`. No message ever holds a customer's words,
a secret or a token: messages end up in logs and in execution histories.
"""

from collections.abc import Sequence
from typing import ClassVar


class DeskshiftError(Exception):
    """The base of all errors that deskshift raises on purpose."""

    code: ClassVar[str] = "deskshift_error"
    what_to_do: ClassVar[str] = "Read the reason, mend what it names, and resume."


class MissingVariable(DeskshiftError):
    """An environment variable that the function needs is not set."""

    code = "missing_variable"
    what_to_do = "Set the variable in infra/template.yaml and deploy again."

    def __init__(self, name: str) -> None:
        super().__init__(f"environment variable {name} is not set")


class InvalidField(DeskshiftError):
    """A field of an input is missing, of the wrong type or out of bounds: it can never succeed as it is."""

    code = "invalid_field"
    what_to_do = "Correct the field and send the request again."

    def __init__(self, field: str, found: str, allowed: str) -> None:
        super().__init__(f"{field}: found {found}, allowed is {allowed}")
        self.field = field
        self.found = found
        self.allowed = allowed


class UnknownAccount(DeskshiftError):
    """No connection is recorded for the account."""

    code = "unknown_account"
    what_to_do = "Record the account's connection first, then send the request again."

    def __init__(self, account_id: str) -> None:
        super().__init__(f"no connection is recorded for account {account_id!r}")


class SecretMissing(DeskshiftError):
    """A secret that a connection names is not there (any more), or holds no text."""

    code = "secret_missing"
    what_to_do = "Put the secret back, or connect the account again."

    def __init__(self, arn: str) -> None:
        super().__init__(f"the secret {arn!r} is not there, is about to be deleted, or holds no text")


class UnknownMove(DeskshiftError):
    """There is no move with this id in this account."""

    code = "unknown_move"
    what_to_do = "Check account_id and move_id; both stand in the report and in the execution's name."

    def __init__(self, account_id: str, move_id: str) -> None:
        super().__init__(f"account {account_id!r} has no move {move_id!r}")


class UnknownPreview(DeskshiftError):
    """There is no billing preview with this id in this account: only a preview can be carried out."""

    code = "unknown_preview"
    what_to_do = "Make a preview first, have it approved, and name its preview_id."

    def __init__(self, account_id: str, preview_id: str) -> None:
        super().__init__(f"account {account_id!r} has no billing preview {preview_id!r}")


class AnotherPreviewCounts(DeskshiftError):
    """Another preview of the same request was carried out, and this one can be no more."""

    code = "another_preview_counts"
    what_to_do = "See the merge's report; for anything else make a new preview, with a new request_id."

    def __init__(self, merge_id: str, preview_id: str, status: str) -> None:
        super().__init__(f"merge {merge_id} is {status}, with preview {preview_id}")


class UnknownMerge(DeskshiftError):
    """There is no billing merge with this id in this account."""

    code = "unknown_merge"
    what_to_do = "Check account_id and merge_id; a preview that was not carried out has no merge yet."

    def __init__(self, account_id: str, merge_id: str) -> None:
        super().__init__(f"account {account_id!r} has no billing merge {merge_id!r}")


class UnknownReissue(DeskshiftError):
    """There is no reissue with this id in this account."""

    code = "unknown_reissue"
    what_to_do = "Check account_id and reissue_id; `deskshift tokens pending` lists those that are open."

    def __init__(self, account_id: str, reissue_id: str) -> None:
        super().__init__(f"account {account_id!r} has no reissue {reissue_id!r}")


class UnknownBatch(DeskshiftError):
    """No request of this id has asked for all grants of this account."""

    code = "unknown_batch"
    what_to_do = "Check account_id and request_id; a request for one grant has a reissue, and no batch."

    def __init__(self, account_id: str, batch_id: str) -> None:
        super().__init__(f"account {account_id!r} has no batch {batch_id!r}")


class UnknownId(DeskshiftError):
    """Neither the id map nor the help desk knows the id (X-10)."""

    code = "unknown_id"
    what_to_do = "Check the id; an id that was never moved still lives in the inbox."

    def __init__(self, account_id: str, old_id: str) -> None:
        super().__init__(f"account {account_id!r} has moved nothing with the id {old_id!r}")


class SupersededAttempt(DeskshiftError):
    """A worker of an earlier attempt, or of a move that ended, went on: it must not write any more."""

    code = "superseded_attempt"
    what_to_do = "Nothing: a later attempt has taken over."

    def __init__(self, move_id: str, attempt: int, found: str) -> None:
        super().__init__(f"attempt {attempt} of move {move_id} no longer owns it: {found}")


class LateWriter(DeskshiftError):
    """The record changed after it was read: the later writer loses."""

    code = "late_writer"
    what_to_do = "Read again and decide anew; a machine's step is retried by the machine."

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was changed by someone else meanwhile")


class TransitionRefused(DeskshiftError):
    """The move's status does not allow what was asked for."""

    code = "transition_refused"
    what_to_do = "See the move's status; a started move cannot be stopped, only a paused one resumes (H-06)."

    def __init__(self, move_id: str, asked: str, status: str) -> None:
        super().__init__(f"cannot {asked} move {move_id}: its status is {status}")


class MoveExists(DeskshiftError):
    """Another execution already works on this move."""

    code = "move_exists"
    what_to_do = "Use a new request_id for a new request, or resume the move that exists."

    def __init__(self, move_id: str, status: str) -> None:
        super().__init__(f"move {move_id} exists already with status {status}")


class VendorUnavailable(DeskshiftError):
    """The platform did not answer, or asked to be left alone for longer than one step may wait: try again later."""

    code = "vendor_unavailable"
    what_to_do = "Resume when the platform answers again; everything done so far is kept."

    def __init__(self, method: str, path: str, found: str) -> None:
        super().__init__(f"{method} {path}: {found}")


class KeyServiceUnavailable(DeskshiftError):
    """KMS did not encrypt or decrypt: try again later."""

    code = "key_service_unavailable"
    what_to_do = "Nothing if it passes: it is tried again. If it stays, see the key's state and who may use it."

    def __init__(self, operation: str, found: str) -> None:
        super().__init__(f"KMS {operation}: {found}")


class SealBroken(DeskshiftError):
    """A sealed value is not the one that it is opened as: it belongs to another grant, or it was changed."""

    code = "seal_broken"
    what_to_do = "Invite the agent again; find out who wrote to the table."

    def __init__(self, reissue_id: str, purpose: str) -> None:
        super().__init__(f"the sealed {purpose} of {reissue_id} cannot be opened as such")


class VendorRefused(DeskshiftError):
    """The platform understood the call and refused it: the same call will be refused again."""

    code = "vendor_refused"
    what_to_do = "See the platform's code; often a scope or a plan is missing."

    def __init__(self, method: str, path: str, status: int, vendor_code: str) -> None:
        super().__init__(f"{method} {path}: {status} {vendor_code}")
        self.status = status
        self.vendor_code = vendor_code


class VendorAnswerInvalid(DeskshiftError):
    """The platform's answer does not have the shape that its contract says."""

    code = "vendor_answer_invalid"
    what_to_do = "Compare the platform with docs/platform-contract.openapi.yaml."

    def __init__(self, method: str, path: str, found: str) -> None:
        super().__init__(f"{method} {path}: {found}")


class AnswerTooLarge(DeskshiftError):
    """The answer passes the size that a function can hold: ask for less at once."""

    code = "answer_too_large"
    what_to_do = "Nothing for a page of many: it is asked for in smaller pages. A single item of this size cannot move."

    def __init__(self, method: str, path: str, limit_bytes: int) -> None:
        super().__init__(f"{method} {path}: more than {limit_bytes} bytes")


class PagingLimitReached(DeskshiftError):
    """The listing's paging limit is reached and the window cannot be made narrower (X-05)."""

    code = "paging_limit"
    what_to_do = "Ask the platform for a higher paging limit, then resume."

    def __init__(self, channel_id: str) -> None:
        super().__init__(f"the listing of channel {channel_id} ends at a paging limit before its first item")


class VerificationFailed(DeskshiftError):
    """What the help desk holds differs from the source: nothing is released until it is the same."""

    code = "verification_failed"
    what_to_do = "Read the differences in the report; resume copies the differing items again and verifies anew."

    def __init__(self, differing: int) -> None:
        super().__init__(f"{differing} item(s) in the help desk differ from the source")


class SettingsDiffer(DeskshiftError):
    """The channel's settings in the help desk are not those of the inbox (H-10)."""

    code = "settings_differ"
    what_to_do = "Read the differences in the report; resume writes the settings again."

    def __init__(self, fields: str) -> None:
        super().__init__(f"the channel's settings differ in the help desk: {fields}")


class NeverSettles(DeskshiftError):
    """Conversations keep changing faster than they can be released."""

    code = "never_settles"
    what_to_do = "Resume at a time of low traffic."

    def __init__(self, rounds: int, left: int) -> None:
        super().__init__(f"after {rounds} rounds {left} conversation(s) are still changing")


class PartChanged(DeskshiftError):
    """A part's record is gone, or others keep changing it, for example because deletions take texts out of its file."""

    code = "part_changed"
    what_to_do = "Nothing: the step is retried. If it stays, resume."

    def __init__(self, key: str) -> None:
        super().__init__(f"the record of part {key} is not the one that was read")


class ListingIncomplete(DeskshiftError):
    """The second listing's rows are not as many as its own total says (X-04, X-05)."""

    code = "listing_incomplete"
    what_to_do = "Nothing if it is a live change between two pages: the step is retried. If it stays, ask the platform."

    def __init__(self, rows: int, total: int) -> None:
        super().__init__(f"the second listing gave {rows} row(s), its total is {total}")


class FilesKept(DeskshiftError):
    """S3 did not delete some of the move's files."""

    code = "files_kept"
    what_to_do = "Resume: they are deleted again."

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} file(s) could not be deleted")


class RequestDiffers(DeskshiftError):
    """A request id was used before for another request."""

    code = "request_differs"
    what_to_do = "Use a new request_id for a new request."

    def __init__(self, request_id: str, fields: str) -> None:
        super().__init__(f"request_id: {request_id!r} was used before with another {fields}")


class UnknownGrant(DeskshiftError):
    """The issuer lists no such grant."""

    code = "unknown_grant"
    what_to_do = "Check client_id and agent_id: `deskshift tokens report` names those that there are."

    def __init__(self, client_id: str, agent_id: str | None) -> None:
        who = "of its own" if agent_id is None else f"of agent {agent_id!r}"
        super().__init__(f"client {client_id!r} has no grant {who}")


class GrantsNotListed(DeskshiftError):
    """All grants of an account were asked for, and its issuer does not list them (all)."""

    code = "grants_not_listed"
    what_to_do = "Ask for each grant alone, with its client_id and agent_id (docs/token-issuers.md)."

    def __init__(self, account_id: str) -> None:
        super().__init__(f"the issuer of account {account_id!r} does not list all grants: some would be left out")


class StartNotSafe(DeskshiftError):
    """The integration's own authorization start is no address that people may be sent to (any more)."""

    code = "start_not_safe"
    what_to_do = "Ask the integration's owner to correct its authorization start; the letter is sent then."

    def __init__(self, client_id: str) -> None:
        super().__init__(f"client {client_id!r} has no authorization start that an invitation may link to")


class RecordTooLarge(DeskshiftError):
    """What follows for a reissue does not fit into its record: its grant has far too many tokens."""

    code = "record_too_large"
    what_to_do = "Withdraw the reissue, and see to the grant's tokens at the issuer."

    def __init__(self, reissue_id: str, tokens: int) -> None:
        super().__init__(f"reissue {reissue_id}: {tokens} old tokens are more than its record can hold")


class InventoryUnfinished(DeskshiftError):
    """Not every grant of a request has its reissue yet."""

    code = "inventory_unfinished"
    what_to_do = "Nothing: the message comes again, and goes on."

    def __init__(self, batch_id: str, done: int, of: int) -> None:
        super().__init__(f"batch {batch_id}: {done} of {of} grants are opened")


class NotEntrusted(DeskshiftError):
    """The authentication of a client is not entrusted to deskshift."""

    code = "not_entrusted"
    what_to_do = "Entrust the client's secret (`deskshift tokens connect --entrust`), or let it be reissued directly."

    def __init__(self, client_id: str) -> None:
        super().__init__(f"client {client_id!r} is not entrusted to deskshift, or the issuer does not list it")


class TransitionNotPossible(DeskshiftError):
    """What was asked for is not possible where a reissue stands."""

    code = "transition_not_possible"
    what_to_do = "See where the reissue stands: `deskshift tokens report`."

    def __init__(self, reissue_id: str, reason: str) -> None:
        super().__init__(f"reissue {reissue_id}: {reason}")


class RollbackUnderWay(DeskshiftError):
    """The account goes back, so that none of its old tokens is retired."""

    code = "rollback_under_way"
    what_to_do = "If no rollback runs, one was not brought to its end: ask for it again (`deskshift tokens roll-back`)."

    def __init__(self, account_id: str) -> None:
        super().__init__(f"account {account_id!r} is being rolled back")


class RevocationRefused(DeskshiftError):
    """The issuer will not revoke new tokens; whatever else was asked for is done."""

    code = "revocation_refused"
    what_to_do = "Revoke them at the issuer; asked again, deskshift tries once more."

    def __init__(self, reissue_id: str, tokens: Sequence[str]) -> None:
        super().__init__(f"reissue {reissue_id}: the issuer does not revoke {', '.join(tokens)}")


class PolicyInvalid(DeskshiftError):
    """A policy file breaks its own rules; found when it is loaded."""

    code = "policy_invalid"
    what_to_do = "Correct the file; its form is described in docs/policies.md."

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"policy {file}: {reason}")


class ExecutionDied(DeskshiftError):
    """The machine's execution ended without the move's knowledge (aborted, timed out)."""

    code = "execution_died"
    what_to_do = "Resume: the next attempt goes on where this one ended."

    def __init__(self, execution_status: str) -> None:
        super().__init__(f"the execution ended as {execution_status} before the move did")


class StepFailed(DeskshiftError):
    """A step failed in a way that deskshift has no name for."""

    code = "step_failed"
    what_to_do = "Find the step's log by the move_id, then resume."


def error_class(name: str) -> type[DeskshiftError]:
    """Find the error class that Step Functions names, e.g. `VendorUnavailable`; `StepFailed` for any other name."""
    known = {cls.__name__: cls for cls in DeskshiftError.__subclasses__()}
    return known.get(name, StepFailed)
