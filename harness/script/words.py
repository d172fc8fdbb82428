"""A step as the line that says it; `harness.script.grammar` reads it back."""

from __future__ import annotations

import json
import re
from typing import Any

from harness.script.steps import NS_PER_S, VERBS, Between, Fault, Nodes, Step

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
PREPOSITIONS = ("of", "to", "from", "on", "in")
"""What may stand before a key; which of them means nothing, so that each `f` reads like English."""
RESERVED = {"true", "false", "null", "by", "at", "process", *PREPOSITIONS}
KEY_ONLY = {
    *("read", "list", "dequeue", "pop", "poll", "generate"),
    *("acquire", "check", "release", "lead", "resign", "leave"),
}
"""Operations whose invocation has no value, so that what follows them is the key."""

VALUED = {
    *("write", "cas", "add", "remove", "enqueue", "push", "append", "txn", "transfer"),
    *("campaign", "join"),
}
"""Operations whose invocation always has a value, if only null."""

_BEFORE_KEY = {"write": "to", "append": "to", "add": "to", "remove": "from"}


def text_of(step: Step) -> str:
    """The whole line, e.g. `at 1.20 s kill n2`."""
    return f"at {seconds(step.at)} {deed(step)}"


def deed(step: Step) -> str:
    """The line without its time."""
    if isinstance(step, Fault):
        return fault_text(step)
    words = [step.f]
    bare_key = step.f in KEY_ONLY and step.value is None
    if step.value is not None or step.f in VALUED:
        words.append(json_text(step.value))
    if step.key is not None or (step.f in KEY_ONLY and not bare_key):
        words += [] if bare_key else [_BEFORE_KEY.get(step.f, "on")]
        words.append(json_text(step.key))
    words.append(f"by process {step.process}")
    if step.node is not None:
        words.append(f"at {step.node}")
    return " ".join(words)


def fault_text(fault: Fault) -> str:
    """What is done to what."""
    if fault.verb == "when":
        said = dict(fault.settings)
        times = "" if said["times"] == 1 else f" {said['times']} times"
        return f"when {names(fault.nodes)} reaches {said['point']}{times} {said['deed']} it"
    if fault.verb == "disk":
        ((kind, number),) = fault.settings
        how_much = f" {json_text(number)}" if kind == "slow" else ""
        return f"disk {names(fault.nodes)} {kind}{how_much}"
    words = [fault.verb]
    if VERBS[fault.verb].on == "links":
        if fault.links:
            words.append(links_text(fault.links))
    else:
        words.append(names(fault.nodes))
    words += [f"{name} {json_text(value)}" for name, value in fault.settings]
    return " ".join(words)


def links_text(links: tuple[Between, ...]) -> str:
    """E.g. `n1 from n2,n3 and n2>n4`."""
    return " and ".join(
        f"{names(each.src)} from {names(each.dst)}"
        if each.both
        else f"{names(each.src)}>{names(each.dst)}"
        for each in links
    )


def names(nodes: Nodes) -> str:
    """E.g. `n1,n2`."""
    return ",".join(nodes)


def seconds(ns: int) -> str:
    """The time exactly, with two decimals at least: `1.20 s`."""
    whole, rest = divmod(ns, NS_PER_S)
    decimals = f"{rest:09d}".rstrip("0")
    return f"{whole}.{decimals:0<2} s"


def json_text(value: Any) -> str:
    """A value as JSON; a string that is a plain word without quotes."""
    if isinstance(value, str) and WORD.fullmatch(value) and value not in RESERVED:
        return value
    return json.dumps(value, ensure_ascii=False)
