"""What a condition cannot be true without."""

import pytest

from kea_hac.kea.needed_classes import needed_classes


@pytest.mark.parametrize(
    ("test", "needed"),
    [
        ("member('a')", "a"),
        ("member('a') and member('b')", "a b"),
        ("member('a') or member('b')", ""),
        ("not member('a')", ""),
        ("member('b') and not member('a')", "b"),
        ("not (member('a') and member('b'))", ""),
        ("(member('a') or member('b')) and member('c')", "c"),
        ("member('a') and member('c') or member('b') and member('c')", "c"),
        ("member('a') sand (member('b') sor member('b'))", "a b"),
        ("((member('a')))", "a"),
        ("option[60].exists and member('a')", "a"),
        ("substring(option[60].hex,0,3) == 'and' and member('a')", "a"),
        ("(option[60].hex) == 'x' and member('a')", "a"),
        ("ifelse(member('a') and member('b'), 'x', 'y') == 'x'", ""),
        ("member('a') and ifelse(member('b'), 'x', 'y') == 'x'", "a"),
        ("('a' + 'b') == 'ab' or member('a')", ""),
        ("member('it is (so')", "it is (so"),
        ("", ""),
        ("member('a') and (", "a"),
        ("member(", ""),
    ],
)
def test_needed(test: str, needed: str) -> None:
    assert needed_classes(test) == ({needed} if "(" in needed else set(needed.split()))
