"""Lines are found in every shape that TOML allows."""

from __future__ import annotations

import tomllib

import pytest

from ippyo.poll.rules import Path
from ippyo.poll.toml_lines import LineIndex

TEXT = '''\
# a = 1
a = "# no comment [b]" # comment
"quoted \\u006bey" = 'x"'
b.c = """
one = 1
\\"""two""""
d = [ # comment ]
  1,
  [2,
   3], { e = 1, "f" = [
   4 ] },
]
e = 1979-05-27 07:32:00Z
f = \'\'\'
it's [x]\'\'\'
g = {}
h = []

[t]
x = ""
[[u]]
y = 1
  [u.v]
  z = 1
  [[u.w]]
  [[u.w]]
  k = true
[[u]]
[u.v]
z = 1
[m.n]
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("a",), 2),
        (("quoted key",), 3),
        (("b",), 4),
        (("b", "c"), 4),
        (("d",), 7),
        (("d", 0), 8),
        (("d", 1), 9),
        (("d", 1, 1), 10),
        (("d", 2), 10),
        (("d", 2, "e"), 10),
        (("d", 2, "f", 0), 11),
        (("d", 2, "nothing"), 10),
        (("e",), 13),
        (("f",), 14),
        (("g",), 16),
        (("h",), 17),
        (("t",), 19),
        (("t", "x"), 20),
        (("u", 0), 21),
        (("u", 0, "y"), 22),
        (("u", 0, "v", "z"), 24),
        (("u", 0, "w", 1), 26),
        (("u", 0, "w", 1, "k"), 27),
        (("u", 1), 28),
        (("u", 1, "v", "z"), 30),
        (("m",), 31),
        (("absent",), 1),
    ],
)
def test_lines(path: Path, line: int) -> None:
    tomllib.loads(TEXT)
    assert LineIndex(TEXT).line(path) == line
