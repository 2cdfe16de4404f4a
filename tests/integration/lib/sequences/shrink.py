# SPDX-License-Identifier: GPL-2.0-only
"""Looks for a shorter sequence that fails as well: leaves out ever smaller parts."""


def kind_of(failure):
    """Failures of one kind: the exception's type, and its text without names."""
    return type(failure.error), str(failure.error).split(":")[0]


def shorter(failure, attempt):
    """`attempt` runs a sequence and returns a Failure or None."""
    steps = failure.steps[:failure.done]
    best, size = failure, max(1, len(steps) // 2)
    while True:
        at, has_shrunk = 0, False
        while at < len(steps):
            fewer = steps[:at] + steps[at + size:]
            again = attempt(failure.profile, fewer)
            if again and kind_of(again) == kind_of(failure):
                best, steps, has_shrunk = again, fewer[:again.done], True
                print(f"  fails with {len(steps)} steps", flush=True)
            else:
                at += size
        if size == 1 and not has_shrunk:
            break
        size = size if has_shrunk and size == 1 else max(1, size // 2)
    # What is kept is the shortest one's tree.
    return attempt(failure.profile, steps) or best
