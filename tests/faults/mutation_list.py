"""Faults of our own that the suite must catch: a claim removed, a condition dropped, an order swapped.

Each is one replacement in one file, and names the tests that catch it, few enough to be run in well under two minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

LAYER = PurePosixPath("layers/deskshift/python")
APP, STORE = LAYER / "deskshift/app", LAYER / "deskshift/store"
STEPS = APP / "channel_move"
MERGE = APP / "billing_merge"
TOKENS = APP / "token_reissue"
REISSUED = "tests/faults/test_reissues.py::test_a_reissue_that_is_killed_anywhere_ends_as_if_nothing_had_been"
MERGED = "tests/faults/test_merges.py::test_a_merge_that_is_killed_anywhere_ends_once_and_the_same"
KILLED = "tests/faults/test_killed_everywhere.py::test_a_run_that_is_killed_anywhere_ends_as_if_nothing_had_been"
CHANGED = "tests/faults/test_merges.py::test_an_account_that_changes_meanwhile_is_merged_whole_or_left_as_it_was"
LATE = "tests/integration/stack_as_deployed/test_late_and_twice.py"
LINE = "tests/acceptance/h/test_one_at_a_time.py"
LISTING = "tests/acceptance/x/test_complete_listing.py"
DIFFERENCES = "tests/acceptance/x/test_differences.py"
BETWEEN = "tests/acceptance/h/test_between_steps.py"
SLEEPERS = "tests/integration/stack_as_deployed/test_sleepers_and_lost_answers.py"


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One fault of our own.

    `old` stands in `file` exactly once and `new` is put in its place. `tests` are pytest's selections; `killed_in` lets
    tests/faults/test_killed_everywhere.py disturb the calls of one function alone.
    """

    name: str
    file: PurePosixPath
    old: str
    new: str
    breaks: str
    tests: tuple[str, ...]
    killed_in: str | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """What the tests are told."""
        return {} if self.killed_in is None else {"FAULTS_IN": self.killed_in}

    @property
    def caught_by(self) -> str:
        """Name the tests for a reader: file, test, and the function whose calls are killed."""
        where = [test.removeprefix("tests/").replace("::", "` `") for test in self.tests]
        return ", ".join(f"`{one}`" for one in where) + (f", killed in `{self.killed_in}`" if self.killed_in else "")

    @property
    def module(self) -> str:
        """The mutated module's name."""
        return ".".join(self.file.relative_to(LAYER).with_suffix("").parts)

    def applied(self, source: str) -> str:
        """Give the mutated source.

        Raises:
            ValueError: what is to be replaced does not stand there exactly once.
        """
        if source.count(self.old) != 1:
            raise ValueError(f"{self.name}: its text stands {source.count(self.old)} times in {self.file}")
        return source.replace(self.old, self.new)


MUTATIONS = (
    Mutation(
        name="slot-without-condition",
        file=STORE / "line.py",
        old="return self._update(account_id, free, Holder(move_id, attempt))",
        new="return self._update(account_id, None, Holder(move_id, attempt))",
        breaks="the account's slot is taken although another move holds it",
        tests=(f"{LINE}::test_one_that_failed_before_it_began_waits_when_resumed_until_the_one_that_runs_is_done",),
    ),
    Mutation(
        name="move-without-lock",
        file=STORE / "moves.py",
        old="self._record(written).save(condition=self._model.lock == move.lock)",
        new="self._record(written).save()",
        breaks="a late writer overwrites a move's record",
        tests=(f"{SLEEPERS}::test_one_who_mutes_after_the_move_is_done_undoes_it",),
    ),
    Mutation(
        name="own-write-not-recognised",
        file=STORE / "moves.py",
        old="if self.find(move.account_id, move.move_id) != written:",
        new="if self.find(move.account_id, move.move_id) is not None:",
        breaks="a save whose answer was lost and that is repeated is taken for somebody else's",
        tests=(f"{SLEEPERS}::test_a_resume_whose_answer_was_lost_and_that_was_sent_again_starts_the_attempt",),
    ),
    Mutation(
        name="part-without-attempt",
        file=STORE / "work.py",
        old="condition = (self._model.attempt <= part.attempt) & (self._model.mark == str(read.revision))",
        new="condition = self._model.mark == str(read.revision)",
        breaks="a worker of an older attempt claims a part that a newer attempt has claimed",
        tests=(f"{LATE}::test_a_worker_that_read_a_part_before_a_newer_attempt_claimed_it_loses",),
    ),
    Mutation(
        name="part-without-revision",
        file=STORE / "work.py",
        old="condition = (self._model.attempt <= part.attempt) & (self._model.mark == str(read.revision))",
        new="condition = self._model.attempt <= part.attempt",
        breaks="who writes a part's record last forgets the other's file, and a deleted conversation's words in it",
        tests=("tests/faults/test_deleted_meanwhile.py",),
    ),
    Mutation(
        name="id-map-without-reading",
        file=STORE / "id_map.py",
        old="(#revision = :read OR :state = :deleted)",
        new="(#revision <> :read OR #revision = :read OR :state = :deleted)",
        breaks="a late worker replaces an entry of the same version that it has not read",
        tests=(f"{SLEEPERS}::test_one_who_took_a_wrong_copy_back_and_slept_does_not_undo_its_successors_copy",),
    ),
    Mutation(
        name="entry-before-ticket",
        file=STORE / "id_map.py",
        old="if entry.source_ticket_id not in {None, entry.ticket_id}:",
        new="""self._client.put_item(TableName=self._table, Item=_item(account_id, entry))
        if entry.source_ticket_id not in {None, entry.ticket_id}:""",
        breaks="an old ticket id leads nowhere if the importer dies between the two writes",
        tests=(f"{SLEEPERS}::test_a_ticket_with_a_new_id_is_found_though_its_importer_died_while_recording_it",),
    ),
    Mutation(
        name="attempt-not-asked-for",
        file=STEPS / "steps.py",
        old='if move.status != "running" or move.attempt != attempt:',
        new='if move.status != "running":',
        breaks="a step of an older attempt goes on beside the newer one",
        tests=(f"{LATE}::test_a_step_of_an_older_attempt_changes_nothing_after_a_resume",),
    ),
    Mutation(
        name="line-before-token",
        file=STEPS / "begin.py",
        old="""            wiring.moves.save(waiting)
            wake_next(wiring, move.account_id, asking=move.move_id)
""",
        new="""            wake_next(wiring, move.account_id, asking=move.move_id)
            wiring.moves.save(waiting)
""",
        breaks="a move whose turn it is waits until the watch looks: nobody saw its token",
        tests=(f"{KILLED}[none]",),
        killed_in="begin_move",
    ),
    Mutation(
        name="muted-before-recorded",
        file=STEPS / "open_capture.py",
        old="        before = platform.notices.notifications()\n",
        new="""        before = platform.notices.notifications()
        platform.notices.set_notifications(dict.fromkeys(before, False))
""",
        breaks="notifications stay muted for ever if the step dies before it has recorded how they were",
        tests=(f"{KILLED}[none]",),
        killed_in="open_capture",
    ),
    Mutation(
        name="late-muting-not-undone",
        file=STEPS / "open_capture.py",
        old="        _undo(wiring, platform, move)\n        raise\n",
        new="        raise\n",
        breaks="one who mutes after the move is done leaves it so",
        tests=(f"{SLEEPERS}::test_one_who_mutes_after_the_move_is_done_undoes_it",),
    ),
    Mutation(
        name="capture-after-the-listing",
        file=STEPS / "catch_up.py",
        old="        move = wiring.moves.save(msgspec.structs.replace(move, imported=True))\n",
        new="""        late = wiring.platform(move.account_id).inbox.changes_head()
        move = wiring.moves.save(msgspec.structs.replace(move, imported=True, changes_cursor=late))
""",
        breaks="what changed before the cursor was taken is never read",
        tests=(f"{KILLED}[none]",),
        killed_in="open_capture",
    ),
    Mutation(
        name="cursor-before-notes",
        file=STEPS / "changes.py",
        old="        if move.takes_history:\n            _note(",
        new="""        if page.next_cursor != move.changes_cursor:
            move = progressed(wiring, msgspec.structs.replace(move, changes_cursor=page.next_cursor))
        if move.takes_history:
            _note(""",
        breaks="a page of changes is lost if the step dies between cursor and notes",
        tests=(f"{KILLED}[none]",),
        killed_in="finish_move",
    ),
    Mutation(
        name="listing-cursor-before-parts",
        file=STEPS / "listing.py",
        old="""    parts = _write(wiring, move, page)
    return progressed(wiring, msgspec.structs.replace(move, listing=advanced(state, page, parts)))
""",
        new="""    counted = len(list(cut([msgspec.json.encode(conversation) for conversation in page.items])))
    moved_on = progressed(wiring, msgspec.structs.replace(move, listing=advanced(state, page, counted)))
    _write(wiring, move, page)
    return moved_on
""",
        breaks="a page's parts are never imported if the step dies between cursor and parts",
        tests=(f"{KILLED}[lively]",),
        killed_in="list_conversations",
    ),
    Mutation(
        name="second-listing-believed",
        file=STEPS / "inventory.py",
        old="if not min(totals) <= seen <= max(totals):",
        new="if not totals:",
        breaks="a listing that passes over rows is taken for complete",
        tests=(f"{LISTING}::test_a_second_listing_whose_items_are_not_its_total_is_not_believed",),
    ),
    Mutation(
        name="switched-before-the-settings",
        file=STEPS / "switch.py",
        old="        move = _settings(wiring, platform, move)\n",
        new="""        platform.switchboard.put_channel(platform.directory.inbox_channel(move.request.channel_id))
        platform.switchboard.switch(move.request.channel_id)
        move = _settings(wiring, platform, move)
""",
        breaks="new conversations are born in a help desk whose settings differ",
        tests=(f"{DIFFERENCES}::test_damage_to_the_channel_pauses_the_move_before_it_switches_and_resume_heals_it",),
    ),
    Mutation(
        name="differences-stop-nothing",
        file=STEPS / "verify.py",
        old="    if move.verify.differing:\n",
        new="    if move.verify.differing < 0:\n",
        breaks="conversations are released though their copies are not what they should be",
        tests=(f"{DIFFERENCES}::test_damage_pauses_the_move_names_item_and_field_and_resume_heals_it",),
    ),
    Mutation(
        name="released-as-it-is-now",
        file=STEPS / "release.py",
        old="        outcomes = platform.inbox.release(move.request.channel_id, releases[start : start + batch])\n",
        new="""        chosen = releases[start : start + batch]
        now = {c.id: c.version for c in platform.inbox.read([one.id for one in chosen]).items}
        latest = [msgspec.structs.replace(one, version=now.get(one.id, one.version)) for one in chosen]
        outcomes = platform.inbox.release(move.request.channel_id, latest)
""",
        breaks="a conversation that changed after it was verified is released with its old copy",
        tests=(f"{BETWEEN}::test_one_that_changes_after_it_was_verified_is_not_released_in_its_old_version",),
    ),
    Mutation(
        name="not-looked-once-more",
        file=STEPS / "finish.py",
        old="        if not settled:\n",
        new="        if not settled and move.round < 0:\n",
        breaks="what came to the channel right before it left the inbox stays behind",
        tests=("tests/acceptance/h/test_last_moment.py",),
    ),
    Mutation(
        name="done-before-the-report",
        file=STEPS / "finish.py",
        old="""    report = write_report(wiring, done, platform)
    done = wiring.moves.save(done)
""",
        new="""    done = wiring.moves.save(done)
    report = write_report(wiring, done, platform)
""",
        breaks="a move that is done has no report if the step dies in between",
        tests=(f"{KILLED}[none]",),
        killed_in="finish_move",
    ),
    Mutation(
        name="late-report-stays",
        file=STEPS / "reporting.py",
        old='if now.lock != move.lock and now.status in {"done", "paused"}:',
        new='if now.lock < move.lock and now.status in {"done", "paused"}:',
        breaks="a worker that is late replaces the report of the move that is done",
        tests=(f"{SLEEPERS}::test_a_late_report_of_a_retry_does_not_replace_that_of_the_move_that_is_done",),
    ),
    Mutation(
        name="dead-letter-not-sent",
        file=STEPS / "receive.py",
        old="send_dead_letter(wiring, wiring.settings.moves_dead_letter_queue_url, body, error, fifo=message)",
        new="del message",
        breaks="a message that can never succeed is taken from its queue and is nowhere",
        tests=("tests/integration/handlers/test_never_valid_messages.py",),
    ),
    Mutation(
        name="merge-not-claimed",
        file=MERGE / "execute.py",
        old="claimed = wiring.merges.save(msgspec.structs.replace(merge, claimed_at=wiring.now()))",
        new="claimed = msgspec.structs.replace(merge, claimed_at=wiring.now())",
        breaks="a run that died after the order finds that the accounts have changed, and refuses what was posted",
        tests=(f"{MERGED}[merge]",),
    ),
    Mutation(
        name="switched-off-before-recorded",
        file=MERGE / "collection.py",
        old="""    return wiring.merges.save(msgspec.structs.replace(merge, collection_before=before))
""",
        new="""    switch_off(system, kept, merge)
    return wiring.merges.save(msgspec.structs.replace(merge, collection_before=before))
""",
        breaks="if the function dies in between, the next run takes what was switched off for how it was",
        tests=(
            "tests/faults/test_merges.py::test_an_account_that_changes_meanwhile_is_merged_whole_or_left_as_it_was",
        ),
    ),
    Mutation(
        name="restored-after-the-end",
        file=MERGE / "ending.py",
        old="""    left = tuple(restore(system, kept, merge))
    over = msgspec.structs.replace(merge, status=status, finished_at=wiring.now(), collection_before=None, tasks=left)
    entries = ledger(kept.preview, posted=False, reason=why[0].message)
    over = _written(wiring, kept, over, entries)
""",
        new="""    over = msgspec.structs.replace(
        merge, status=status, finished_at=wiring.now(), collection_before=None
    )
    entries = ledger(kept.preview, posted=False, reason=why[0].message)
    over = _written(wiring, kept, over, entries)
    restore(system, kept, merge)
""",
        breaks="if the function dies in between, a merge has failed, and chat's bills are not collected any more",
        tests=(f"{MERGED}[merge-failed]",),
    ),
    Mutation(
        name="ended-before-the-ledger",
        file=MERGE / "ending.py",
        old="""    wiring.merges.write_ledger(over.account_id, over.request.preview_id, entries)
    report = merge_report(kept.preview, over, entries)
    wiring.files.put(report_key(over.account_id, over.merge_id), msgspec.json.encode(report))
    return wiring.merges.save(over)
""",
        new="""    saved = wiring.merges.save(over)
    wiring.merges.write_ledger(over.account_id, over.request.preview_id, entries)
    report = merge_report(kept.preview, over, entries)
    wiring.files.put(report_key(over.account_id, over.merge_id), msgspec.json.encode(report))
    return saved
""",
        breaks="a merge is done and has no ledger and no report if the function dies in between",
        tests=(f"{MERGED}[merge]",),
    ),
    Mutation(
        name="merge-without-lock",
        file=STORE / "merges.py",
        old="record.save(condition=self._model.lock == merge.lock)",
        new="record.save()",
        breaks="a worker that is late claims a merge that another one has refused, and posts the order",
        tests=(f"{CHANGED}[another-consumer]",),
    ),
    Mutation(
        name="exchange-not-recorded",
        file=TOKENS / "complete.py",
        old="    reissue = save(wiring, begun.after)\n",
        new="    reissue = begun.after\n",
        breaks="a token of an exchange whose answer was lost is in force, and nobody has it or looks for it",
        tests=(f"{REISSUED}[reissue-brokered]",),
        killed_in="authorize_callback",
    ),
    Mutation(
        name="revoked-before-recorded",
        file=TOKENS / "carry_out.py",
        old="""    if transition.changed:
        looked = reissue.status == "expired"  # what the issuer lists has led to it
        reissue = save(wiring, reissue if looked else _with_old_token(wiring, issuer, reissue))
    # Where the issuer knows no ids, whoever has a token's value has revoked it before.
    for token in transition.orphans if issuer.offers.revokes_by_id else ():
        issuer.revoke(token)
""",
        new="""    for token in (*transition.orphans, *reissue.to_revoke):
        issuer.revoke(token)
    if transition.changed:
        looked = reissue.status == "expired"  # what the issuer lists has led to it
        reissue = save(wiring, reissue if looked else _with_old_token(wiring, issuer, reissue))
""",
        breaks="if the function dies in between, it is not known that deskshift retired the old token; one who is late "
        "revokes what another keeps",
        tests=(f"{REISSUED}[reissue-direct]",),
        killed_in="retire_tokens",
    ),
    Mutation(
        name="sealed-token-not-forgotten",
        file=TOKENS / "carry_out.py",
        old="    forget_token(wiring, reissue)\n    after =",
        new="    after =",
        breaks="the ciphertext of a token that a rollback revoked stays",
        tests=(f"{REISSUED}[reissue-rolled-back]",),
        killed_in="operate_tokens",
    ),
    Mutation(
        name="invited-before-the-letter",
        file=TOKENS / "letters.py",
        old="""        _send(wiring, reissue, f"invitation-{reissue.invitations}", letter)
    return save(wiring, invitation_sent(reissue).after)
""",
        new="""        reissue = save(wiring, invitation_sent(reissue).after)
        _send(wiring, reissue, f"invitation-{reissue.invitations}", letter)
        return reissue
    return save(wiring, invitation_sent(reissue).after)
""",
        breaks="an agent is never invited if the function dies in between",
        tests=(f"{REISSUED}[reissue-direct]",),
        killed_in="reissue_tokens",
    ),
    Mutation(
        name="reissue-without-lock",
        file=STORE / "grants.py",
        old="together.save(record, condition=self._model.lock == reissue.lock)",
        new="together.save(record)",
        breaks="of requests that join at once one is forgotten, and one who is late takes an end back",
        tests=("tests/faults/test_reissues.py::test_thirty_two_messages_at_once_are_one_reissue_and_one_successor",),
    ),
    Mutation(
        name="state-used-twice",
        file=STORE / "sessions.py",
        old="unused = self._model.key.exists() & self._model.claim.does_not_exist()",
        new="unused = self._model.key.exists()",
        breaks="two callbacks with one state that come at once both send its code",
        tests=("tests/integration/grants/test_custody.py",),
    ),
)
