"""Which of many belong together, when pairs are told one after the other: the result depends on no order."""

from __future__ import annotations

from collections.abc import Iterable


class Groups:
    """Disjoint sets of words; each is known by its smallest.

    References
    ----------
    Tarjan (1975), J. ACM 22, 215: union-find; paths are halved.

    Examples
    --------
    >>> groups = Groups("abcd")
    >>> groups.join("d", "b"); groups.join("b", "c")
    >>> [groups.first(word) for word in "abcd"]
    ['a', 'b', 'b', 'b']
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._over = {word: word for word in words}

    def __contains__(self, word: str) -> bool:
        return word in self._over

    def first(self, word: str) -> str:
        """The smallest word of its group."""
        over = self._over
        while over[word] != word:
            over[word] = over[over[word]]
            word = over[word]
        return word

    def join(self, a: str, b: str) -> None:
        """These two belong together; a word that is not there joins nothing."""
        if a in self._over and b in self._over:
            low, high = sorted((self.first(a), self.first(b)))
            self._over[high] = low
