"""From a long sequence that ends in a wrong picture to the shortest one that still does (delta debugging)."""

from __future__ import annotations

from typing import Callable, List, Sequence, TypeVar

T = TypeVar("T")


def shortest(before: Sequence[T], leaks: Callable[[Sequence[T]], bool], trials: int) -> List[T]:
    """A part of `before`, in its order, for which `leaks` still holds and that no single job can be taken from.

    Ends after that many calls of `leaks` with what it has by then.
    """
    left = [trials]

    def still(part: Sequence[T]) -> bool:
        left[0] -= 1
        return left[0] >= 0 and leaks(part)

    kept = _tail(list(before), still)
    pieces = 2
    while len(kept) >= 2 and left[0] > 0:
        size = max(1, len(kept) // pieces)
        parts = [kept[at:at + size] for at in range(0, len(kept), size)]
        without = ([job for other in parts[:index] + parts[index + 1:] for job in other] for index in range(len(parts)))
        smaller = next((rest for rest in without if still(rest)), None)
        if smaller is not None:
            kept, pieces = smaller, max(2, pieces - 1)
        elif size == 1:
            break
        else:
            pieces = min(len(kept), 2 * pieces)
    return [] if len(kept) == 1 and still([]) else kept


def _tail(before: List[T], still: Callable[[Sequence[T]], bool]) -> List[T]:
    """Most leaks come from the jobs just before: the shortest of the last 1, 2, 4, … that is enough."""
    length = 1
    while length < len(before):
        if still(before[-length:]):
            return before[-length:]
        length *= 2
    return before
