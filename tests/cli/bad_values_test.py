# SPDX-License-Identifier: Apache-2.0
"""Numbers, durations and choices of every flag of every command, as the tree has them: what is none is named, and nothing runs."""
import pytest
from bad_input import TREE, check_error, invoke, leaves, refused, words_for

# Where the flags are taken, and before anything is done: this fails then, and says so.
LAST = "/nonexistent/log/file"
WHOLE = {"N", "SECONDS", "HOURS", "ID", "BITS", "BYTES"}
NUMERIC = WHOLE | {"DURATION", "LIFETIME", "RATE"}
NEVER = ["-1", "0x", " 1", "1 ", "+1", "nan", "inf", "1,5", "٣", "1\n2", "9" * 500]
BORDERS = ["0", "18446744073709551616", "1000000000", "9223372036854775808"]
OF_ALL = 2  # So many of these are tried with every flag, the rest with one flag of each type: types are read in one place.


def options_of(types):
    for leaf in [TREE, *leaves()]:
        for option in leaf["options"]:
            if option["type"] in types:
                yield leaf, option


def is_first(case):
    """Whether its flag stands for all of its type."""
    kind = (case[1]["type"], case[1]["is_checked"], case[1]["kind"])
    return case == next(other for other in options_of(NUMERIC) if (other[1]["type"], other[1]["is_checked"], other[1]["kind"]) == kind)


def of_these(values, case):
    return values if is_first(case) else values[:OF_ALL]


def line(leaf, option, value):
    base = ["tenant", "list"] if leaf is TREE else words_for(leaf, option)
    given = [] if option["kind"] == "positional" else [f"--{option['name']}={value}"]
    return [*base, *given, "--log-file", LAST, *(["--", value] if option["kind"] == "positional" else [])]


def name_of(case):
    return f"{case[0]['path']} {case[1]['name']}"


@pytest.mark.parametrize("case", options_of(NUMERIC), ids=name_of)
def test_what_is_no_number_is_named_with_its_flag(case):
    leaf, option = case
    for value in of_these(NEVER, case):
        said = refused(line(leaf, option, value), 2, option["name"] + ": ")
        assert LAST not in said


@pytest.mark.parametrize("case", options_of(NUMERIC), ids=name_of)
def test_a_number_is_taken_or_named_with_what_may_be(case):
    leaf, option = case
    for value in of_these(BORDERS, case):
        done = invoke(line(leaf, option, value))
        said = check_error(done.stderr)
        assert done.stdout == b""
        assert (LAST in said) != (done.returncode == 2 and f"{option['name']}: '{value}'" in said), said


@pytest.mark.parametrize("case", [case for case in options_of(WHOLE) if case[1]["is_checked"] and not case[1]["choices"]], ids=name_of)
def test_a_range_is_said(case):
    leaf, option = case
    assert " to " in refused(line(leaf, option, "18446744073709551615"), 2, f"{option['name']}: '18446744073709551615' is not from ")


def choices():
    for leaf in [TREE, *leaves()]:
        yield from ((leaf, option) for option in leaf["options"] if option["choices"])


@pytest.mark.parametrize("case", choices(), ids=name_of)
def test_a_choice_that_is_none_is_answered_with_those_there_are(case):
    leaf, option = case
    for value in ("", " ", "nonsense", option["choices"][0] + " ", option["choices"][0].upper() + "X", "a\x1b[31m", "‮"):
        refused(line(leaf, option, value), 2, [f"{option['name']}: ", option["choices"][-1]])


@pytest.mark.parametrize("value", ["", "maybe", "2", "TRUE ", " yes"])
def test_a_switch_that_is_neither_true_nor_false(value):
    for leaf in leaves():
        switches = [option for option in leaf["options"] if option["kind"] == "flag"]
        for option in switches if value == "maybe" else switches[:1]:
            if value:
                refused([*words_for(leaf, option), f"--{option['name']}={value}", "--log-file", LAST], 2, f"--{option['name']}: '{value}' is neither true nor false")


def test_a_number_is_the_same_in_every_locale():
    for value, code in (("1.5", 0), ("1,5", 2)):
        done = invoke(["version", "--timeout", value], env={"LC_ALL": "de_DE.UTF-8", "LC_NUMERIC": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"})
        assert done.returncode == code, done.stderr
