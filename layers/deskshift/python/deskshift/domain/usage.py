"""What a move uses of AWS and of the platform, reckoned from what its steps do, and what that costs (X-12).

Each figure follows the calls that the steps make: a step reads the move's record, the connection and its secret; a page
of the listing is one call, one part and one save of the record; and so on. `make bench` meters the same on a real move
and compares. What cannot be known before is left out: rounds for what changes meanwhile, retries, cold starts, and a
second entry of the id map for each ticket whose id changes.
"""

from collections import Counter
from fractions import Fraction

import msgspec

from deskshift.domain.history import History
from deskshift.domain.parts import MAX_COUNT

_LIST_PAGE = 1000
"""Rows of a page of the second listing, of the help desk's, and conversations of a file of verified ones."""
_GROUP = 50
_GROUP_FILES = 40
"""How many conversations and files are written to the help desk at once."""

_KILOBYTE = 1024
_READ_BYTES = 4096
_RECORD_UNITS = 3
"""A move's record has 2 to 3 KB: the request, the estimate, the warnings and where each step stands."""
_PART_BYTES = 260
_MAPPED_BYTES = 250
"""Bytes of a part's record and of an entry of the id map, without conversations' ids."""
_SHARDS = 16

_STEP_GB = Fraction(1, 2)
_IMPORT_GB = Fraction(1)
_AWS_CALL = Fraction(1, 100)
_AT_ONCE = 8
"""Seconds that a call of an AWS service lasts, and how many writes of the id map go at once."""
_CPU_AT = 1769
_CPU_CONVERSATION = Fraction(6, 10_000)
_CPU_ATTACHMENT = Fraction(4, 10_000)
"""Megabytes at which Lambda gives a whole processor; seconds of one that handling takes."""


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds between two calls to the platform, by who makes them: the check, a step, one import worker."""

    check: float
    step: float
    importing: float


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What a move uses. Units of DynamoDB are request units; S3's writes are PUT, COPY, POST and LIST."""

    write_units: Fraction
    read_units: Fraction
    s3_writes: int
    s3_reads: int
    secret_reads: int
    queue_requests: int
    transitions: int
    invocations: int
    gb_seconds: Fraction


class Prices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Public prices in USD as decimal strings, with the month and the region that they are of."""

    month: str
    region: str
    million_write_units: str
    million_read_units: str
    thousand_s3_writes: str
    thousand_s3_reads: str
    ten_thousand_secret_reads: str
    million_queue_requests: str
    thousand_transitions: str
    million_invocations: str
    gb_second: str


class Calls(msgspec.Struct, frozen=True, kw_only=True):
    """Calls to the platform, by who makes them."""

    check: int
    steps: int
    importing: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.check + self.steps + self.importing


class _Shape(msgspec.Struct, frozen=True, kw_only=True):
    """How a history falls into pages, parts, chunks of a hundred, and pages of a thousand."""

    pages: int
    parts: int
    chunks: int
    rows: int


def vendor_calls(history: History) -> Calls:
    """Count the calls that moving this much makes."""
    shape = _shape(history)
    groups = sum(-(-count // _GROUP) * parts for count, parts in part_counts(history).items())
    groups = max(groups, -(-history.attachments // _GROUP_FILES))
    # Account, agent, agents, the channel on both sides, all channels, notifications; the second listing.
    check = 7 + shape.rows
    # open_capture 3, switch_channel 6, catch_up 1, settle_move 2, finish_move 5 with its empty second listings.
    fixed = 3 + 6 + 1 + 2 + 5
    # verify_conversations: second listing, copies, the help desk's listing; release; finish: the help desk's listing.
    steps = fixed + shape.pages + (shape.rows + shape.chunks + shape.rows) + shape.chunks + shape.rows
    return Calls(check=check, steps=steps, importing=groups + 2 * history.attachments)


def usage(history: History, waits: Waits) -> Usage:
    """Reckon what moving this much uses of AWS."""
    shape, number = _shape(history), history.conversations
    # Records of the move: 17 saves by its steps, one a page, three a thousand; the line twice, the index twice.
    writes = _RECORD_UNITS * (17 + shape.pages + 3 * shape.rows) + 4
    # A part is recorded, claimed and done.
    writes += 3 * sum(_part_units(history, count) * parts for count, parts in part_counts(history).items())
    part_bytes = shape.parts * _PART_BYTES + history.id_bytes + 3 * number
    # Read when it is imported, verified and looked for beyond; once more by a query for the report.
    reads = 3 * number + _queried(number * _MAPPED_BYTES + 2 * history.id_bytes, _SHARDS)
    reads += 6 * shape.parts + _queried(part_bytes, 1) + 33
    # Parts are deleted by the folder's listing, a thousand a page.
    listings = max(1, -(-shape.parts // 1000))
    return Usage(
        write_units=Fraction(number + writes),
        read_units=Fraction(reads),
        s3_writes=shape.parts + shape.rows + 4 + listings,  # rules, manifest, report twice
        s3_reads=2 * shape.parts + 2 * shape.rows + 3,  # rules for catch_up and verify; the manifest by the map
        secret_reads=shape.parts + 9,
        queue_requests=3,  # the request is sent, received and deleted
        transitions=24 + 4 * shape.parts,
        invocations=11 + shape.parts,
        gb_seconds=_gb_seconds(history, shape, waits),
    )


def cost(used: Usage, prices: Prices) -> Fraction:
    """Give the price in USD."""
    return (
        Fraction(prices.million_write_units) * used.write_units / 10**6
        + Fraction(prices.million_read_units) * used.read_units / 10**6
        + Fraction(prices.thousand_s3_writes) * used.s3_writes / 10**3
        + Fraction(prices.thousand_s3_reads) * used.s3_reads / 10**3
        + Fraction(prices.ten_thousand_secret_reads) * used.secret_reads / 10**4
        + Fraction(prices.million_queue_requests) * used.queue_requests / 10**6
        + Fraction(prices.thousand_transitions) * used.transitions / 10**3
        + Fraction(prices.million_invocations) * used.invocations / 10**6
        + Fraction(prices.gb_second) * used.gb_seconds
    )


def _gb_seconds(history: History, shape: _Shape, waits: Waits) -> Fraction:
    """Waiting for the platform's pace is most of it; then AWS calls, and handling."""
    calls, number = vendor_calls(history), history.conversations
    # Reading and writing: 70 by the steps, four a page, two a chunk; eleven a part, and the id map's entries at once.
    step_aws = (70 + 4 * shape.pages + 2 * shape.chunks) * _AWS_CALL
    import_aws = (11 * shape.parts + Fraction(number, _AT_ONCE)) * _AWS_CALL
    handling = number * _CPU_CONVERSATION
    carrying = history.attachments * _CPU_ATTACHMENT
    steps = Fraction(waits.check) * calls.check + Fraction(waits.step) * calls.steps + step_aws
    importing = Fraction(waits.importing) * calls.importing + import_aws
    # A third of the handling is the steps' (listing, verification), the rest is the import's.
    slow = Fraction(_CPU_AT, 1024)
    return _STEP_GB * (steps + handling / 3 * slow / _STEP_GB) + _IMPORT_GB * (
        importing + (handling * 2 / 3 + carrying) * slow
    )


def _shape(history: History) -> _Shape:
    return _Shape(
        pages=sum(max(1, -(-count // MAX_COUNT)) for count in history.sweeps),
        parts=part_counts(history).total(),
        chunks=-(-history.conversations // MAX_COUNT),
        rows=max(1, -(-history.conversations // _LIST_PAGE)),
    )


def part_counts(history: History) -> Counter[int]:
    """Cut each pass of the listing into parts of at most a hundred: how many conversations -> how many such parts."""
    parts: Counter[int] = Counter()
    for count in history.sweeps:
        parts[MAX_COUNT] += count // MAX_COUNT
        parts[count % MAX_COUNT] += 1
    del parts[0]
    return +parts


def _part_units(history: History, count: int) -> int:
    length = Fraction(history.id_bytes, history.conversations) + 3
    return -((-_PART_BYTES - int(length * count)) // _KILOBYTE)


def _queried(size: int, queries: int) -> int:
    """Give a consistent query's read units: each page is rounded up, half a unit on the average."""
    return max(queries, size // _READ_BYTES + queries // 2 + 1)
