"""How what is kept or sent becomes text: JSON without blanks, whatever the values are.

Such text is compared, counted and checksummed, so there is one way to write it. The state machines
have another one where the order of an object's names must not matter (`machine.values`).
"""

from __future__ import annotations

import json

text_of = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
"""The text of a value; no value here holds itself, so nobody looks."""
