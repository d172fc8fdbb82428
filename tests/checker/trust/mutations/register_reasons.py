"""What the registers' own search learns: why it was in vain, and where that holds."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import harmful

REGISTER_REASONS = [
    *harmful(
        "register.known",
        ("cas-register",),
        (
            "a reason is met by what is no better where it matters",
            "                not good & reason.lacking\n",
            "                True\n",
        ),
        (
            "a reason is met by what has the same cas placed where it matters",
            "and placed & reason.fixed == reason.swapped\n",
            "and True\n",
        ),
        (
            "a reason is met by what has used as many crashed calls",
            "                and (bound - reason.spent) & guard == guard\n",
            "                and True\n",
        ),
        (
            "a read placed is better than one that is not",
            "good = placed & layer.all_reads | writes & ~placed",
            "good = writes & ~placed",
        ),
        (
            "an open write not placed is better than one that is",
            "good = placed & layer.all_reads | writes & ~placed",
            "good = placed & layer.all_reads",
        ),
        (
            "a covered write is better than one that is not",
            "good |= (writes & (placed | now.covered)) << self._slots",
            "good |= 0",
        ),
    ),
    *harmful(
        "register.why",
        ("cas-register",),
        (
            "in vain is what has not placed the target: a read",
            "            reason.lacking |= bit\n        elif kind == CAS",
            "            pass\n        elif kind == CAS",
        ),
        (
            "in vain is what has not placed the target: a cas",
            "            reason.fixed |= bit\n        elif left != now.value",
            "            pass\n        elif left != now.value",
        ),
        (
            "in vain is what has the target not covered",
            "reason.lacking |= bit << self._layers.slots",
            "pass",
        ),
        (
            "what was retired has to come back",
            "                self._dead(left, now.placed | bit, bit)\n",
            "                pass\n",
        ),
        (
            "another write may be left",
            "                self._source(value)",
            "                pass",
        ),
        (
            "another crashed call may be left",
            "if count := bisect_left(group.starts, before):",
            "if count := 0:",
        ),
        (
            "another write may be left: completed ones",
            "            self._reason.lacking |= writes\n",
            "            pass\n",
        ),
        (
            "a value that is gone may come back by a write",
            "reason.lacking |= writes & ~retired | demander & layer.all_reads",
            "reason.lacking |= demander & layer.all_reads",
        ),
        (
            "a value that is gone may not have to come back for a read",
            "reason.lacking |= writes & ~retired | demander & layer.all_reads",
            "reason.lacking |= writes & ~retired",
        ),
        (
            "a value that is gone may not have to come back for a cas",
            "reason.fixed |= demander & layer.all_swaps",
            "pass",
        ),
        (
            "a value that is gone may come back by a crashed call",
            "        self._spend(groups, deadline)",
            "        pass",
        ),
        (
            "a value may go by the cas for which it would have to come back",
            "                self._dead(now.value, now.placed | demander, 0)",
            "                pass",
        ),
    ),
    *harmful(
        "register.back",
        ("cas-register",),
        (
            "a reason goes back to what is lacking before",
            "        into.lacking |= why.lacking & still & ~own\n",
            "        pass\n",
        ),
        (
            "a reason goes back to the cas before",
            "        into.fixed |= why.fixed & still & ~own\n"
            "        into.swapped |= why.swapped & still & ~own\n",
            "        pass\n",
        ),
    ),
    *harmful(
        "register.why",
        ("cas-register",),
        (
            "another cas may be left",
            "        self._swaps()\n        return False",
            "        return False",
        ),
        (
            "another write may be left: crashed ones",
            "self._spend((write,) if write else (), layer.end)",
            "pass",
        ),
    ),
]
