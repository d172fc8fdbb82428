"""Sets whose elements come and go."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import harmful

ELEMENT_SETS = [
    *harmful(
        "fast.element_zones",
        ("set",),
        (
            "a read shows nothing that was not added",
            "or not lives.keys() >= elements:",
            "or False:",
        ),
        (
            "only elements added once have zones",
            "if not found and len(lives) == len(adds):",
            "if not found:",
        ),
        (
            "the first remove that certainly came after the add",
            "certain = [at for at in self.removes if since < calls[at].start]",
            "certain = self.removes",
        ),
        (
            "an element stays until its first remove begins",
            "max(min(starts, default=FOREVER), calls[self.last].start if self.last >= 0 else -1)",
            "FOREVER",
        ),
        (
            "a read that outlasts a zone may come after it",
            "if open_zones[value] > read.end:",
            "if True:",
        ),
    ),
    *harmful(
        "fast.element_set",
        ("set",),
        (
            "a read happens where its set is",
            "for read in self._wanted.pop(frozenset(self._state), ()):",
            "for read in self._wanted.pop(frozenset(), ()):",
        ),
        ("an add has its effect", "self._state.add(value)", "pass"),
    ),
    *harmful(
        "fast.element_lives",
        ("set",),
        (
            "elements added or removed twice are left to the search",
            'if call.f != "read" and changes[call.f].setdefault(call.value, at) != at:',
            'if call.f != "read" and changes[call.f].setdefault(call.value, at) < 0:',
        ),
    ),
]
