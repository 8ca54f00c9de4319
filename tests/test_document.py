"""YAML as a person means it: 1.2 numbers, text stays text, every value has a line, traps are refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.document import MAX_BYTES, MAX_DEPTH, read_document
from planner.errors import ScenarioError


def value_of(text):
    return read_document(f"x: {text}\n").data["x"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7.0e9", 7e9),
        ("7e9", 7e9),
        ("7.0E+9", 7e9),
        (".5", 0.5),
        ("5.", 5.0),
        ("-3", -3),
        ("+3", 3),
        ("007", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        # text: what YAML 1.1 would turn into something else
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2026-01-31", "2026-01-31"),
        ("2027-01", "2027-01"),
        ("1_000", "1_000"),
        ("1,000", "1,000"),
        ("3 GB", "3 GB"),
        (".inf", ".inf"),
        ("-.inf", "-.inf"),
        ("NaN", "NaN"),
        (".nan", ".nan"),
        ("'7'", "7"),
        ('"true"', "true"),
        ("é è 東京", "é è 東京"),
    ],
)
def test_scalars(text, expected):
    found = value_of(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("text", ["9" * 301, "1e999", "-1e400"])
def test_numbers_beyond_a_float(text):
    with pytest.raises(ScenarioError) as caught:
        value_of(text)
    assert caught.value.key == "scenario.number_too_long"
    assert caught.value.where.line == 1


def test_every_value_has_its_line():
    document = read_document("a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n", "s.yaml")
    lines = document.lines
    assert [lines[path] for path in (("a",), ("b",), ("b", 0), ("b", 1, "c"), ("b", 1, "d"))] == [1, 2, 3, 4, 5]
    assert str(document.where(("b", 1, "d"))) == "s.yaml:5"
    assert document.where(("b", 1, "d")).field == "b.1.d"


def test_a_missing_path_has_the_line_of_its_parent():
    document = read_document("a: 1\nb:\n  c: 2\n")
    assert document.where(("b", "zzz", 3)).line == document.where(("b",)).line


def refused(text, key, line):
    with pytest.raises(ScenarioError) as caught:
        read_document(text, "s.yaml")
    assert caught.value.key == key
    assert caught.value.where.file == "s.yaml"
    assert caught.value.where.line == line
    return caught.value


def test_duplicate_key_names_both_lines():
    error = refused("a: 1\nb: 2\na: 3\n", "scenario.duplicate_key", 3)
    assert error.arguments == {"name": "a", "first": 1}
    refused("a: {b: 1, b: 2}\n", "scenario.duplicate_key", 1)


def test_the_same_key_in_two_places_is_no_duplicate():
    assert read_document("a: {x: 1}\nb: {x: 2}\n").data == {"a": {"x": 1}, "b": {"x": 2}}


def test_aliases_and_anchors():
    refused("a: &x 1\nb: 2\n", "scenario.alias", 1)
    bomb = "a: &a [lol]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
    )
    refused(bomb, "scenario.alias", 1)
    refused("a: 1\nb:\n  <<: *x\n", "scenario.alias", 3)


@pytest.mark.parametrize("text", ["[" * 5000, "x: " + "[" * 5000 + "]" * 5000, "x: " + "{a: " * 5000])
def test_deep_nesting_stops_before_the_stack(text):
    error = refused(text, "scenario.too_deep", 1)
    assert error.arguments["limit"] == MAX_DEPTH


def test_the_greatest_depth_is_read():
    levels = MAX_DEPTH - 1
    assert value_of("[" * levels + "]" * levels)
    refused("x: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH, "scenario.too_deep", 1)


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("", "scenario.not_mapping", 1),
        ("# nothing\n", "scenario.not_mapping", 1),
        ("- a\n- b\n", "scenario.not_mapping", 1),
        ("just text\n", "scenario.not_mapping", 1),
        ("a: 1\n---\nb: 2\n", "scenario.not_mapping", 1),
        ("a: 1\nb: [1, 2\n", "scenario.not_yaml", 3),
        ("a: 1\n\tb: 2\n", "scenario.not_yaml", 2),
        ("a: 'open\n", "scenario.not_yaml", 2),
        ("? [1, 2]\n: 3\n", "scenario.key_not_text", 1),
        ("? {a: 1}\n: 3\n", "scenario.key_not_text", 1),
    ],
)
def test_refused_texts(text, key, line):
    refused(text, key, line)


def test_control_characters_are_not_yaml():
    with pytest.raises(ScenarioError) as caught:
        read_document("a: \x00b\n")
    assert caught.value.key == "scenario.not_yaml"


def test_a_text_over_the_limit_is_not_parsed(monkeypatch):
    monkeypatch.setattr("planner.document._refuse_traps", lambda *_: pytest.fail("parsed"))
    refused("a: " + "é" * (MAX_BYTES // 2), "scenario.too_large", None)


def test_tags_make_no_objects():
    assert value_of("!!python/object/apply:os.system [echo]") == ["echo"]


plain = st.recursive(
    st.integers(-(10**9), 10**9) | st.booleans() | st.none() | st.floats(-1e9, 1e9, allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=40)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), plain, max_size=5))
def test_json_is_read_as_it_is(data):
    assert read_document(json.dumps(data)).data == data


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(text):
    try:
        assert isinstance(read_document(text).data, dict)
    except ScenarioError as error:
        assert error.key.startswith("scenario.")
