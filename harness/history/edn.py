r"""A reader of EDN, the notation of Clojure's data, into the values that JSON has.

Each form is read by a loop with a stack of its own, so that no nesting can exhaust Python's. What
JSON has no word for becomes the nearest thing that stays distinct from what it is compared with:

    nil true false 1 1.5 "text"         null true false 1 1.5 "text"
    123N                                the integer, however long
    1.5M                                1.5; text where a float is not that exactly
    :key  sym  \a  1/3  ##NaN           "key" "sym" "a" "1/3" "##NaN"
    [1 2] (1 2)                         [1, 2]
    #{2 1}                              [1, 2], sorted: equal sets become equal lists
    {:a 1, 2 3}                         {"a": 1, "2": 3}
    #inst "2026-01-02"  #"regex"        {"#inst": "2026-01-02"} "regex"
    #_ form   ; comment                 nothing

The notation: https://github.com/edn-format/edn
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from harness.history.depth import MAX_DEPTH, TOO_DEEP

NOTHING: Final = object()
"""What `read_form` returns where the text holds no form, or one that is discarded."""


class EdnError(ValueError):
    """The text is not EDN.

    Args:
        at: where in the text.
    """

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at


class Unfinished(Exception):
    """The text ends within a form."""


class _Frame:
    """A form that has begun: what opened it, where, and what is in it so far."""

    __slots__ = ("at", "items", "opened_by")

    def __init__(self, opened_by: str, at: int) -> None:
        self.opened_by = opened_by
        self.at = at
        self.items: list[Any] = []


_TOKEN = re.compile(
    r"""
    (?: [\s,]++ | ;[^\n]*+ )*+  # blanks and comments before it
  (?: (?P<open> \#?\{ | \[ | \( )
  | (?P<close> [\]})] )
  | (?P<string> \#?"(?: [^"\\]++ | \\. )*+" )
  | (?P<character> \\(?: newline | return | space | tab | formfeed | backspace
                       | u[0-9a-fA-F]{4} | o[0-7]{1,3} | [\s\S] ) )
  | (?P<discard> \#_ )
  | (?P<atom> \#\#-?[A-Za-z]++ | \#'[^\s,;"()\[\]{}\\]++ | [^\s,;"()\[\]{}\\\#^`~@]
              [^\s,;"()\[\]{}\\^`~@]*+ )
  | (?P<tag> \#:{0,2}[A-Za-z][^\s,;"()\[\]{}\\\#^`~@]*+ ) )
    """,
    re.VERBOSE | re.DOTALL,
)
_BLANK = re.compile(r"(?:[\s,]++|;[^\n]*+)*+")
_CLOSES = {"(": ")", "[": "]", "{": "}", "#{": "}"}
_BEGINNINGS = frozenset({"open", "discard", "tag"})
_DIGITS = "0123456789"
_INTEGER = re.compile(
    r"[+-]?(?:0|[1-9][0-9]{,3999})N?"
)  # longer ones JSON's reader refuses as well
_HEXADECIMAL = re.compile(r"0x[0-9a-f]{1,16}")  # the address of a Java object, in `#object[…]`
_DECIMAL = re.compile(r"([+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)(M?)")
_DIGITS_ONLY = re.compile(r"[+-]?[0-9]+")
_RATIO = re.compile(r"[+-]?[0-9]+/[0-9]+")
_WORDS = {"nil": None, "true": True, "false": False}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|[0-7]{1,3}|.)", re.DOTALL)
_ESCAPES = {"t": "\t", "r": "\r", "n": "\n", "b": "\b", "f": "\f", '"': '"', "\\": "\\", "'": "'"}
_CHARACTERS = {
    "newline": "\n",
    "return": "\r",
    "space": " ",
    "tab": "\t",
    "formfeed": "\f",
    "backspace": "\b",
}
_text = msgspec.json.Encoder(order="deterministic")


def read_form(text: str, at: int, *, whole: bool = True) -> tuple[Any, int]:
    """Read the form that begins at a place, or after the blanks there.

    Args:
        text: the text.
        at: where to begin.
        whole: whether nothing follows the text. If something may, a form that ends exactly where
            the text does counts as unfinished: `12` may turn out to be `123`.

    Returns:
        The value and the place after it; `NOTHING` when there is none, or it is discarded.

    Raises:
        EdnError: that is not EDN.
        Unfinished: the text ends within the form; only when it is not whole.
    """
    stack: list[_Frame] = []
    match, length = _TOKEN.match, len(text)
    while True:
        token = match(text, at)
        if token is None or (token.end() == length and not whole and token["close"] is None):
            _require_more(text, at, stack, whole)
            return NOTHING, length
        kind = token.lastgroup
        assert kind is not None  # each alternative has its name
        word, here, at = token[kind], token.start(kind), token.end()
        if kind == "atom":
            value = _atom(word, here)
        elif kind == "close":
            value = _close(stack, word, here)
        elif kind in _BEGINNINGS:
            if len(stack) == MAX_DEPTH:
                raise EdnError(here, TOO_DEEP)
            stack.append(_Frame(word, here))
            continue
        else:
            value = _quoted(word, here)
        if stack and stack[-1].opened_by not in _CLOSES:
            value = _after_prefixes(stack, value)
        if not stack:
            return value, at
        if value is not NOTHING:
            stack[-1].items.append(value)


def _require_more(text: str, at: int, stack: list[_Frame], whole: bool) -> None:
    """Raise, unless the text ends here and nothing is open."""
    blank = _BLANK.match(text, at)
    assert blank is not None  # it matches nothing at all as well
    here = blank.end()
    what = text[here : here + 1]
    if what and (whole or (what not in '"\\#' and _TOKEN.match(text, at) is None)):
        raise EdnError(here, f"unexpected {what!r}" if what != '"' else "a string that never ends")
    if not whole:
        raise Unfinished
    if stack:
        raise EdnError(stack[-1].at, f"the file ends within what {stack[-1].opened_by} begins here")


def _close(stack: list[_Frame], word: str, here: int) -> Any:
    """The value of the form that a closing bracket ends."""
    frame = stack.pop() if stack else None
    if frame is None or _CLOSES.get(frame.opened_by) != word:
        wanted = "a form" if frame is None else _CLOSES.get(frame.opened_by, "a form")
        after = "" if frame is None else f" after {frame.opened_by}"
        raise EdnError(here, f"unexpected {word!r}; expected {wanted}{after}")
    if frame.opened_by == "{":
        return _map(frame)
    return frame.items if frame.opened_by != "#{" else in_order(frame.items)


def _after_prefixes(stack: list[_Frame], value: Any) -> Any:
    """What a value is to the `#tag` and `#_` before it; `NOTHING` when it is discarded."""
    while stack and stack[-1].opened_by not in _CLOSES:
        prefix = stack.pop().opened_by
        if prefix == "#_":
            return NOTHING
        value = {prefix: value}
    return value


def _map(frame: _Frame) -> dict[str, Any]:
    names = [name if isinstance(name, str) else as_text(name) for name in frame.items[::2]]
    if len(frame.items) % 2:
        raise EdnError(frame.at, "a map whose last key has no value")
    found = dict(zip(names, frame.items[1::2], strict=True))
    if len(found) < len(names):
        raise EdnError(frame.at, "a map in which a key is there twice")
    return found


def in_order(items: list[Any]) -> list[Any]:
    """The elements of a set in an order that depends on them alone."""
    kinds = set(map(type, items))
    return sorted(items) if kinds in ({int}, {str}) else sorted(items, key=as_text)


def as_text(value: Any) -> str:
    """A value as JSON text, the same for equal values."""
    return _text.encode(value).decode()


def _quoted(word: str, here: int) -> str:
    """The value of a string, a regular expression or a character."""
    if word[0] == "#":
        return word[2:-1]
    return _string(word[1:-1], here) if word[0] == '"' else _character(word[1:], here)


def _atom(word: str, here: int) -> Any:
    """The value of a number, a keyword, a symbol."""
    if word in _WORDS:
        return _WORDS[word]
    if word[0] == ":":
        if len(word) == 1:
            raise EdnError(here, "a keyword without a name")
        return word[1:]
    if word[0] in _DIGITS or (word[0] in "+-" and word[1:2] in _DIGITS and len(word) > 1):
        return _number(word, here)
    return word


def _number(word: str, here: int) -> Any:
    if _INTEGER.fullmatch(word):
        return int(word.rstrip("N"))
    if _HEXADECIMAL.fullmatch(word):
        return int(word, 16)
    if (found := _DECIMAL.fullmatch(word)) and not _DIGITS_ONLY.fullmatch(word):
        value = float(found[1])
        exact = not found[2] or _plain(repr(value)) == _plain(found[1])
        return value if exact and abs(value) != float("inf") else word
    if _RATIO.fullmatch(word):
        return word
    raise EdnError(here, f"{word[:40]} is no number that can be read")


def _plain(number: str) -> str:
    """A decimal number without what may be left out at its ends."""
    number = number.removeprefix("+")
    return number.rstrip("0").rstrip(".") if "." in number and "e" not in number else number


def _string(inner: str, here: int) -> str:
    if "\\" not in inner:
        return inner
    return _joined(_ESCAPE.sub(lambda found: _unescaped(found[1], here), inner), here)


def _unescaped(code: str, here: int) -> str:
    if code in _ESCAPES:
        return _ESCAPES[code]
    if code[0] == "u" and len(code) > 1:
        return chr(int(code[1:], 16))
    if code[0] in "01234567":
        return chr(int(code, 8))
    raise EdnError(here, f"a string with the unknown escape \\{code}")


def _character(code: str, here: int) -> str:
    if code in _CHARACTERS:
        return _CHARACTERS[code]
    if len(code) > 1:
        return _joined(chr(int(code[1:], 8 if code[0] == "o" else 16)), here)
    return code


def _joined(text: str, here: int) -> str:
    """Text with its surrogates joined in pairs: Java counts a rare character as two."""
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise EdnError(here, "half of a character (a lone surrogate)") from None
