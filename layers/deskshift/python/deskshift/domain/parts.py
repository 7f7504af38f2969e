"""Cut a page of history into parts that one worker can hold."""

from collections.abc import Iterator, Sequence

MAX_COUNT = 100
MAX_BYTES = 4 * 1024 * 1024


def cut(lines: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Give the half-open ranges of `lines` that make one part each.

    A part has at most 100 conversations and 4 MiB; a single conversation that is larger is a part of its own.
    """
    start = size = 0
    for index, line in enumerate(lines):
        length = len(line) + 1
        if index > start and (index - start >= MAX_COUNT or size + length > MAX_BYTES):
            yield start, index
            start, size = index, 0
        size += length
    if start < len(lines):
        yield start, len(lines)
