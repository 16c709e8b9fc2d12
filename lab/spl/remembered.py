"""Parsed searches, for the next run of the same text over the same knowledge.

What a search looked up is kept with it and looked up again: one whose macros or saved searches
have changed since is parsed anew. Nodes are frozen, so that several searches may share them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.datamodels import DataModel
    from lab.spl import nodes
    from lab.spl.macros import Knowledge, Macro

KEPT = 128
"""Searches that are kept, those that were asked for last."""

Question = tuple[str, tuple[Any, ...]]


class Asked:
    """Knowledge that notes what it was asked and what it answered."""

    def __init__(self, knowledge: Knowledge):
        self._knowledge = knowledge
        self.answers: dict[Question, Any] = {}
        self.is_whole = True
        """Whether the answers are all that the parser saw of the knowledge."""

    def macro(self, name: str, arity: int) -> Macro | None:
        return self._answer("macro", name, arity)

    def saved_search(self, name: str) -> str | None:
        return self._answer("saved_search", name)

    def _answer(self, method: str, *given: Any) -> Any:
        found = self.answers[method, given] = getattr(self._knowledge, method)(*given)
        return found

    def macro_names(self) -> list[str]:
        self.is_whole = False
        return self._knowledge.macro_names()

    def saved_search_names(self) -> list[str]:
        self.is_whole = False
        return self._knowledge.saved_search_names()

    def datamodel(self, name: str) -> DataModel | None:
        self.is_whole = False
        return self._knowledge.datamodel(name)

    def datamodel_names(self) -> list[str]:
        self.is_whole = False
        return self._knowledge.datamodel_names()


_kept: OrderedDict[Hashable, tuple[dict[Question, Any], nodes.Pipeline]] = OrderedDict()
_lock = threading.Lock()


def remembered(key: Hashable, knowledge: Knowledge,
               parse: Callable[[Knowledge], nodes.Pipeline]) -> nodes.Pipeline:
    """What `parse` makes of the knowledge, or made of it before under this key."""
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
    if found is not None and all(getattr(knowledge, method)(*given) == answer
                                 for (method, given), answer in found[0].items()):
        return found[1]
    asked = Asked(knowledge)
    pipeline = parse(asked)
    if asked.is_whole:
        with _lock:
            _kept[key] = asked.answers, pipeline
            _kept.move_to_end(key)
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    return pipeline
