#!/usr/bin/env python3
"""Queries the Observability scroll's receipts in a data folder, without an engine.

The arguments are those of `vm-obs query`, and so are the answers; Python's standard library is all it needs.

  observability_query_events.py --type log_batch --filter "log_counts.error > 0"
  observability_query_events.py --type alert_fired,alert_resolved --node brick-02 --last 7d
  observability_query_events.py --from 2025-12-01 --format csv > observability_dec.csv

Receipts are read as they stand in receipts/observability/observability_events.jsonl, up to the last one that
ROOT.observability.txt covers. Nothing is verified here: `vm-obs verify` does that.
Filters: docs/ask/filters.md. Exit codes: 0 done; 1 no such data folder, or damage; 2 usage.
"""

import argparse
import csv
import datetime
import difflib
import json
import os
import re
import sys
import time
from collections import deque

SCROLL = os.path.join("receipts", "observability", "observability_events.jsonl")
ROOT = "ROOT.observability.txt"
TABLE_LIMIT = 100
NODE_PREFIX = "did:vm:node:"
TYPES = [
    "metric_snapshot", "log_batch", "trace_complete", "trace_batch", "alert_fired", "alert_resolved", "slo_report",
    "anomaly_detected", "operation", "gap", "retention", "anchor",
]
LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"]
HOUR = 3600 * 10**9


class UsageError(Exception):
    """What the caller gave cannot be used."""


class Number:
    """A JSON number: its spelling, which equals texts that spell it so, and its value."""

    __slots__ = ("spelling",)

    def __init__(self, spelling):
        self.spelling = spelling

    @property
    def value(self):
        return float(self.spelling)


# --- Times ---------------------------------------------------------------------------------------------------------

UNITS = [("w", 7 * 86400 * 10**9), ("d", 86400 * 10**9), ("h", HOUR), ("m", 60 * 10**9), ("s", 10**9),
         ("ms", 10**6), ("us", 10**3), ("µs", 10**3), ("ns", 1)]
DURATION_WANTED = "a duration such as 30s, 15m, 1h30m, 24h, 7d or 2w"
TIME_WANTED = "a time such as 2025-12-06T14:30:00Z, 2025-12-06, -15m or now"
RFC3339 = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})\Z", re.ASCII)
EPOCH = datetime.date(1970, 1, 1).toordinal()


def parse_duration(text):
    """Nanoseconds of "1h30m"; None for any other text."""
    nanos, unit_index = 0, 0
    if not text or not re.fullmatch(r"([0-9]+[^0-9]+)+", text):
        return None
    for count, name in re.findall(r"([0-9]+)([^0-9]+)", text):
        names = [unit for unit, _ in UNITS]
        if name not in names[unit_index:]:
            return None
        at = names.index(name, unit_index)
        unit_index, unit = at + 1, UNITS[at][1]
        if int(count) > 100 * 366 * 86400 * 10**9 // unit:
            return None
        nanos += int(count) * unit
    return nanos


def parse_date(text):
    try:
        return (datetime.date.fromisoformat(text).toordinal() - EPOCH) * 86400 * 10**9 if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
    except ValueError:
        return None


def parse_rfc3339(text):
    """Unix nanoseconds; None for any other text, or beyond 64 bits."""
    match = RFC3339.match(text)
    if not match:
        return None
    day = parse_date(match[1])
    hours, minutes, seconds = int(match[2]), int(match[3]), int(match[4])
    if day is None or hours > 23 or minutes > 59 or seconds > 59:
        return None
    offset = 0
    if match[6] not in "Zz":
        if int(match[6][1:3]) > 23 or int(match[6][4:]) > 59:
            return None
        offset = (int(match[6][1:3]) * 3600 + int(match[6][4:]) * 60) * (-1 if match[6][0] == "-" else 1)
    nanos = day + (hours * 3600 + minutes * 60 + seconds - offset) * 10**9 + int((match[5] or "").ljust(9, "0"))
    return nanos if -(2**63) <= nanos < 2**63 else None


def parse_time(where, text, now):
    if text == "now":
        return now
    relative = text[3:] if text.startswith("now") else text
    if relative.startswith("-") and (ago := parse_duration(relative[1:])) is not None:
        return now - ago
    parsed = parse_date(text)
    if parsed is None:
        parsed = parse_rfc3339(text)
    if parsed is None:
        raise UsageError(f'{where}: got "{text}", want {TIME_WANTED}')
    return parsed


def parse_range(since, until, last, now):
    end = now if until is None else parse_time("to", until, now)
    start = 0
    if last is not None:
        if since is not None:
            raise UsageError(f'last: got "{last}", want either last or from, not both')
        length = parse_duration(last)
        if not length:
            raise UsageError(f'last: got "{last}", want {DURATION_WANTED}')
        start = end - length
    elif since is not None:
        start = parse_time("from", since, now)
    if until is None:
        end = max(now, start) + HOUR
    if start >= end:
        raise UsageError(f'to: got "{until}", want a time after from')
    return start, end


# --- Filters: docs/ask/filters.md ------------------------------------------------------------------------------------

COMPARISONS = ["==", "!=", "<=", ">=", "=~", "!~", "&&", "||", "=", "<", ">", "!"]
SIZES = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("GB", 10**9), ("MB", 10**6), ("kB", 1000), ("KB", 1000), ("B", 1)]
FIELD_UNITS = [("_nanos", 1), ("_ns", 1), ("_us", 1e3), ("_micros", 1e3), ("_ms", 1e6), ("_millis", 1e6), ("_milliseconds", 1e6),
               ("_seconds", 1e9), ("_s", 1e9), ("_secs", 1e9), ("_minutes", 60e9), ("_hours", 3600e9), ("_days", 86400e9)]
DURATION_FIELDS = ["duration", "window", "interval", "timeout", "for", "age", "uptime", "latency"]
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
MAX_LENGTH, MAX_DEPTH, MAX_CONDITIONS, MAX_SEGMENTS = 16 * 1024, 64, 1024, 16
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
ORDERS = {"==": lambda a, b: a == b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}


class FilterError(UsageError):
    def __init__(self, column, got, wanted, suggestion=None):
        super().__init__(f"column {column}: got {got}, want {wanted}" + (f"; did you mean {suggestion}?" if suggestion else ""))


class Token:
    __slots__ = ("kind", "start", "length", "text", "number")

    def __init__(self, kind, start, length, text="", number=0):
        self.kind, self.start, self.length, self.text, self.number = kind, start, length, text, number

    def is_word(self, keyword):
        return self.kind == "word" and self.text.upper() == keyword


def read_token(text, at):
    while at < len(text) and text[at].isspace():
        at += 1
    if at == len(text):
        return Token("end", at, 0)
    first = text[at]
    if first in "'\"":
        return read_text(text, at)
    if first == "`":
        end = text.find("`", at + 1)
        return Token("quoted", at, end + 1 - at, text[at + 1:end]) if end > at + 1 else Token("other", at, 1, "`")
    if first in "0123456789" or (first == "-" and at + 1 < len(text) and text[at + 1] in "0123456789."):
        return read_number(text, at)
    if first.isalpha() or first in "_@":
        end = at + 1
        while end < len(text) and (text[end].isalpha() or text[end] in "_@0123456789-/:"):
            end += 1
        return Token("word", at, end - at, text[at:end])
    for sign in COMPARISONS:
        if text.startswith(sign, at):
            return Token("comparison", at, len(sign), sign)
    return Token(first if first in ".,()[]" else "other", at, 1, first)


def read_text(text, start):
    unescaped, at = [], start + 1
    while at < len(text):
        if text[at] == text[start]:
            return Token("text", start, at + 1 - start, "".join(unescaped))
        if text[at] == "\\" and at + 1 < len(text) and text[at + 1] in "\\'\"ntr":
            at += 1
            unescaped.append({"n": "\n", "t": "\t", "r": "\r"}.get(text[at], text[at]))
        else:
            unescaped.append(text[at])
        at += 1
    return Token("other", start, len(text) - start, text[start:])


def read_number(text, start):
    end = start + 1
    while end < len(text) and (text[end].isalnum() or text[end] == "." or (text[end] in "+-" and text[end - 1] in "eE")):
        end += 1
    token = text[start:end]
    if NUMBER.match(token) and abs(float(token)) != float("inf"):
        return Token("number", start, end - start, token, float(token))
    if (nanos := parse_duration(token)) is not None:
        return Token("duration", start, end - start, token, nanos)
    unit, scale = next(((unit, scale) for unit, scale in SIZES if token.endswith(unit)), ("", 1))
    count = token[:len(token) - len(unit)].rstrip()
    if re.fullmatch(r"[0-9]+", count) and int(count) <= (1 << 50) // scale:
        return Token("size", start, end - start, token, int(count) * scale)
    return Token("other", start, end - start, token)


class FilterParser:
    """Reads a filter by recursive descent; a condition is a function of the document."""

    def __init__(self, text):
        self.text, self.conditions, self.token = text, 0, read_token(text, 0)

    def parse(self):
        if len(self.text) > MAX_LENGTH:
            raise FilterError(MAX_LENGTH + 1, f"{len(self.text)} characters", f"at most {MAX_LENGTH}")
        condition = self.any(0)
        if self.token.kind != "end":
            self.fail("AND, OR or the end", self.glue())
        return condition

    def any(self, depth):
        parts = self.chain(depth, self.all, "OR", "||")
        return parts[0] if len(parts) == 1 else lambda document: any(part(document) for part in parts)

    def all(self, depth):
        parts = self.chain(depth, self.unary, "AND", "&&")
        return parts[0] if len(parts) == 1 else lambda document: all(part(document) for part in parts)

    def chain(self, depth, part, word, signs):
        parts = [part(depth)]
        while self.take_if(word, signs):
            parts.append(part(depth))
        return parts

    def unary(self, depth):
        if depth == MAX_DEPTH:
            self.fail(f"at most {MAX_DEPTH} levels of parentheses and NOT")
        if self.take_if("NOT", "!"):
            inner = self.unary(depth + 1)
            return lambda document: not inner(document)
        if self.take_kind("("):
            inner = self.any(depth + 1)
            if not self.take_kind(")"):
                self.fail("AND, OR or )", self.glue())
            return inner
        self.count()
        following = read_token(self.text, self.token.start + self.token.length)
        if self.token.kind == "word" and self.token.text in ("true", "false") and not (
                following.kind == "." or (following.kind == "comparison" and following.text not in ("&&", "||"))):
            holds = self.take().text == "true"
            return lambda document: holds
        if self.token.is_word("EXISTS") and following.kind in ("word", "quoted", "("):
            return self.exists()
        path = self.path()
        return self.test(path)

    def exists(self):
        self.take()
        is_wrapped = self.take_kind("(")
        path = self.path()
        if is_wrapped and not self.take_kind(")"):
            self.fail(")")
        return at_path(path, lambda value: value is not None)

    def path(self):
        segments = []
        while True:
            is_keyword = not segments and any(self.token.is_word(word) for word in ("AND", "OR", "IN"))
            if self.token.kind not in ("word", "quoted") or is_keyword:
                self.fail("the rest of a field's name" if segments else "a field such as level, duration_ms or log_counts.error", self.swapped())
            segments.append(self.take().text)
            if len(segments) > MAX_SEGMENTS:
                self.fail(f"at most {MAX_SEGMENTS} names with dots between")
            if not self.take_kind("."):
                return segments

    def test(self, path):
        is_negated = self.token.is_word("NOT")
        if is_negated:
            self.take()
        if self.token.is_word("IN"):
            self.take()
            tests = self.list(path)
            return negate(is_negated, at_path(path, lambda value: any(test(value) for test in tests)))
        if is_negated:
            self.fail("IN after NOT")
        if self.token.kind != "comparison" or self.token.text in ("!", "&&", "||"):
            self.fail("==, !=, <, <=, >, >=, =~, !~, IN or NOT IN", self.operator(path))
        sign = self.take().text
        if sign in ("=~", "!~"):
            return negate(sign == "!~", at_path(path, self.pattern()))
        order = sign if sign in ("<", "<=", ">", ">=") else "=="
        if self.token.is_word("NULL"):
            if order != "==":
                self.fail("== or != before null")
            self.take()
            return negate(sign != "!=", at_path(path, lambda value: value is not None))
        test = self.literal(path, order)
        self.take()
        return negate(sign == "!=", at_path(path, test))

    def list(self, path):
        close = {"[": "]", "(": ")"}.get(self.token.kind)
        if close is None:
            self.fail("a list such as ['treasury', 'identity']")
        self.take()
        tests = []
        while True:
            self.count()
            tests.append(self.literal(path, "=="))
            self.take()
            if not self.take_kind(","):
                break
        if not self.take_kind(close):
            self.fail(f", or {close}")
        return tests

    def literal(self, path, order):
        kind, field, token = self.token.kind, path[-1], self.token
        column = token.start + 1
        if kind in ("number", "size"):
            return number_test(order, token.number)
        if kind == "duration":
            unit = next((nanos for ending, nanos in FIELD_UNITS if field.lower().endswith(ending)), 0 if field.lower() in DURATION_FIELDS else None)
            if unit is None:
                raise FilterError(column, token.text, f'a number or text: "{field}" does not say its unit, as duration_ms does')
            return duration_test(order, token.number, unit)
        if kind == "text" and field == "level":
            if token.text.lower() not in LEVELS:
                near = nearest(token.text, LEVELS)
                raise FilterError(column, f"'{token.text}'", ", ".join(LEVELS), f"'{near}'" if near else None)
            return level_test(order, LEVELS.index(token.text.lower()))
        if kind == "text":
            return text_test(order, token.text)
        if kind == "word" and token.text in ("true", "false"):
            if order != "==":
                raise FilterError(column, token.text, "== or != before true and false")
            return boolean_test(token.text)
        raise FilterError(column, "the end" if kind == "end" else token.text, "a value: 'text', 42, 1.5s, 10MiB, true, false",
                          f"'{token.text}'" if kind == "word" else None)

    def pattern(self):
        if self.token.kind != "text":
            self.fail("a pattern in quotes, such as 'treasury|identity'")
        try:
            found = re.compile(translate_re2(self.token.text)).search
        except (re.error, OverflowError, RecursionError) as error:
            raise FilterError(self.token.start + 1, self.shown(), f"a pattern in RE2's syntax: {error}") from None
        self.take()
        return lambda value: (text := spelling_of(value)) is not None and found(text) is not None

    def count(self):
        self.conditions += 1
        if self.conditions > MAX_CONDITIONS:
            self.fail(f"at most {MAX_CONDITIONS} conditions")

    def take(self):
        taken, self.token = self.token, read_token(self.text, self.token.start + self.token.length)
        return taken

    def take_kind(self, kind):
        if self.token.kind != kind:
            return False
        self.take()
        return True

    def take_if(self, word, signs):
        if not self.token.is_word(word) and (self.token.kind != "comparison" or self.token.text != signs):
            return False
        self.take()
        return True

    def shown(self):
        return "the end" if self.token.kind == "end" else self.text[self.token.start:self.token.start + min(self.token.length, 60)]

    def fail(self, wanted, suggestion=None):
        raise FilterError(self.token.start + 1, self.shown(), wanted, suggestion)

    def glue(self):
        return "AND" if self.token.kind == "," or self.token.text in (";", "&") else "OR" if self.token.text == "|" else None

    def operator(self, path):
        parts = ".".join(path).split(":")
        if len(parts) == 2 and all(parts):
            return f"{parts[0]} == '{parts[1]}'"
        return "==" if self.token.is_word("IS") else "=~" if any(self.token.is_word(word) for word in ("LIKE", "CONTAINS", "MATCHES")) else None

    def swapped(self):
        if self.token.kind not in ("number", "text", "duration", "size"):
            return None
        sign = read_token(self.text, self.token.start + self.token.length)
        field = read_token(self.text, sign.start + sign.length)
        if sign.kind != "comparison" or field.kind != "word":
            return None
        return f"{field.text} {TURNED.get(sign.text, sign.text)} {self.text[self.token.start:self.token.start + self.token.length]}"


def nearest(text, names):
    found = difflib.get_close_matches(text.lower(), names, n=1)
    return found[0] if found else None


def negate(is_negated, condition):
    return (lambda document: not condition(document)) if is_negated else condition


def at_path(segments, test):
    """Whether a value at the path passes; what the document does not have is looked for in its attributes."""
    def holds(document):
        found = [False]
        if any_member(document, segments, test, found):
            return True
        attributes = document.get("attributes")
        return not found[0] and segments[0] != "attributes" and isinstance(attributes, dict) and any_member(attributes, segments, test, found)
    return holds


def any_member(members, segments, test, found):
    # A dot leads into an object, or is part of a member's name: both are looked for.
    for taken in range(1, len(segments) + 1):
        name = ".".join(segments[:taken])
        if name not in members:
            continue
        value, rest = members[name], segments[taken:]
        if not rest:
            found[0] = True
            if any(test(element) for element in value) if isinstance(value, list) else test(value):
                return True
        elif isinstance(value, dict):
            if any_member(value, rest, test, found):
                return True
        elif isinstance(value, list):
            if any(isinstance(element, dict) and any_member(element, rest, test, found) for element in value):
                return True
    return False


def spelling_of(value):
    """A value's text; None for null, objects and arrays."""
    return ("true" if value else "false") if isinstance(value, bool) else value.spelling if isinstance(value, Number) else value if isinstance(value, str) else None


def number_of(value):
    """A number, or a text that spells one; None for anything else."""
    if isinstance(value, Number):
        return value.value
    if not isinstance(value, str):
        return None
    if NUMBER.match(value):
        return float(value)
    return {"+Inf": float("inf"), "-Inf": float("-inf"), "NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}.get(value)


def number_test(order, wanted):
    return lambda value: (number := number_of(value)) is not None and ORDERS[order](number, wanted)


def duration_test(order, wanted, unit):
    def accepts(value):
        if unit and (number := number_of(value)) is not None:
            return ORDERS[order](number * unit, wanted)
        return isinstance(value, str) and (nanos := parse_duration(value)) is not None and ORDERS[order](nanos, wanted)
    return accepts


def level_test(order, wanted):
    return lambda value: isinstance(value, str) and value.lower() in LEVELS and ORDERS[order](LEVELS.index(value.lower()), wanted)


def boolean_test(wanted):
    return lambda value: isinstance(value, (bool, str)) and spelling_of(value) == wanted


def text_test(order, wanted):
    if order == "==":
        return lambda value: spelling_of(value) == wanted
    wanted_time, wanted_bytes = parse_rfc3339(wanted), wanted.encode()

    def accepts(value):
        if not isinstance(value, str):
            return False
        if wanted_time is not None and (own := parse_rfc3339(value)) is not None:
            return ORDERS[order](own, wanted_time)
        return ORDERS[order](value.encode(), wanted_bytes)
    return accepts


POSIX_CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7F", "blank": r"\t ", "cntrl": r"\x00-\x1F\x7F", "digit": "0-9", "graph": "!-~", "lower": "a-z",
    "print": " -~", "punct": r"!-/:-@\[-`{-~", "space": r"\t\n\v\f\r ", "upper": "A-Z", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}
PERL_CLASSES = {"d": "0-9", "s": r"\t\n\f\r ", "w": "0-9A-Za-z_"}


def translate_re2(pattern):
    """RE2's syntax in Python's spelling; what RE2 does not have is refused, and so is what Python does not have (\\pL)."""
    out, at, in_class = [], 0, False
    while at < len(pattern):
        sign, rest = pattern[at], pattern[at:]
        if sign == "\\":
            piece, length = translate_escape(pattern, at, in_class)
        elif in_class:
            match = re.match(r"\[:(\^?)(\w+):\]", rest)
            if match and not match[1] and match[2] in POSIX_CLASSES:
                piece, length = POSIX_CLASSES[match[2]], match.end()
            elif match:
                raise re.error(f"{match[0]} is not known here")
            else:
                piece, length = ("\\[", 1) if sign == "[" else (sign, 1)
                in_class = sign != "]"
        elif sign == "[":
            in_class, length = True, re.match(r"\[\^?\]?", rest).end()
            piece = rest[:length].replace("]", "\\]")
        elif rest.startswith("(?") and not re.match(r"\(\?(P<\w+>|<\w+>|[imsU-]*[:)])", rest):
            raise re.error("(? begins nothing that RE2 has")
        elif rest.startswith("(?<"):
            piece, length = "(?P<", 3
        elif re.match(r"(\*|\+|\?|\{\d+(,\d*)?\})[+*]", rest):
            raise re.error("a repetition is repeated")
        else:
            piece, length = (r"\Z" if sign == "$" else sign), 1
        out.append(piece)
        at += length
    return "".join(out)


def translate_escape(pattern, at, in_class):
    sign = pattern[at + 1] if at + 1 < len(pattern) else ""
    if sign == "":
        raise re.error("it ends in a backslash")
    if sign.lower() in PERL_CLASSES and not (in_class and sign.isupper()):
        signs = PERL_CLASSES[sign.lower()]
        return (signs if in_class else f"[{'^' if sign.isupper() else ''}{signs}]"), 2
    if sign == "z":
        return r"\Z", 2
    if sign == "Q":
        end = pattern.find(r"\E", at + 2)
        literal = pattern[at + 2:] if end < 0 else pattern[at + 2:end]
        return re.escape(literal), 2 + len(literal) + (0 if end < 0 else 2)
    if (match := re.match(r"\\x\{([0-9A-Fa-f]{1,6})\}", pattern[at:])):
        return re.escape(chr(int(match[1], 16))), match.end()
    if sign in "bBAafnrtvx" or not sign.isalnum():
        return pattern[at:at + 2], 2
    raise re.error(f"\\{sign} is not known here")


# --- Receipts --------------------------------------------------------------------------------------------------------

def read_lines(folder):
    """The receipts' lines that ROOT covers, in order."""
    path = os.path.join(folder, SCROLL)
    try:
        with open(os.path.join(folder, ROOT), encoding="utf-8") as root:
            size = int(root.read().split("\n")[1])
        with open(path, "rb") as scroll:
            for number, line in enumerate(scroll):
                if number == size or not line.endswith(b"\n"):
                    return
                yield number, line[:-1]
    except FileNotFoundError as error:
        raise SystemExit(f"observability_query_events: {error.filename}: not there; want a data folder (--data)") from None
    except (IndexError, ValueError) as error:
        raise SystemExit(f"observability_query_events: {folder}: {error}; run `vm-obs verify --data {folder}`") from None


def parse_document(line):
    return json.loads(line, parse_int=Number, parse_float=Number)


def short(node):
    return node[len(NODE_PREFIX):] if node.startswith(NODE_PREFIX) else node


def names_node(receipt, node):
    one, several = receipt.get("node"), receipt.get("nodes_involved")
    return (isinstance(one, str) and short(one) == node) or (isinstance(several, list) and any(isinstance(item, str) and short(item) == node for item in several))


def matching(options, start, end, types, condition):
    node = short(options.node) if options.node is not None else None
    for number, line in read_lines(options.data):
        try:
            receipt = parse_document(line)
            moment = parse_rfc3339(receipt["timestamp"])
            kind = receipt["type"]
        except (ValueError, KeyError, TypeError) as error:
            raise SystemExit(f"observability_query_events: {SCROLL}: line {number + 1} is damaged: {error}; run `vm-obs verify --data {options.data}`") from None
        if (types and kind not in types) or moment is None or not start <= moment < end:
            continue
        if (node is None or names_node(receipt, node)) and (condition is None or condition(receipt)):
            yield line, receipt


# --- Output ----------------------------------------------------------------------------------------------------------

COLUMNS = [("seq", ["seq"]), ("type", ["type"]), ("timestamp", ["timestamp"]), ("sealed_at", ["sealed_at"]), ("period_start", ["period", "start"]),
           ("period_end", ["period", "end"]), ("node", ["node"]), ("nodes_involved", ["nodes_involved"]), ("name", ["name"]), ("status", ["status"]),
           ("duration_ms", ["duration_ms"]), ("trace_id", ["trace_id"]), ("storage_path", ["storage_path"]), ("content_hash", ["content_hash"]),
           ("tags", ["tags"]), ("idempotency_key", ["idempotency_key"]), ("root_hash", ["root_hash"])]


def compact(value):
    """JSON without white space, numbers as they were spelled."""
    if isinstance(value, Number):
        return value.spelling
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name, ensure_ascii=False)}:{compact(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(compact(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def cell(receipt, path):
    value = receipt
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return "" if value is None else value if isinstance(value, str) else compact(value)


def plain(text):
    """As a terminal may be given it: control characters of data must not act on it."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda match: " " if match[0] in "\n\t\r" else "\ufffd", text)


def summary(receipt):
    def of(*path):
        return cell(receipt, path)
    kind = of("type")
    if kind == "obs_metric_snapshot":
        return f"{of('metrics_collected')} samples of {of('nodes_reporting')} nodes  {of('storage_path')}"
    if kind == "obs_log_batch":
        counts = [f"{of('log_counts', level)} {level}" for level in LEVELS if of("log_counts", level) not in ("", "0")]
        return f"{', '.join(counts)}  {of('storage_path')}"
    if kind == "obs_trace_batch":
        return f"{of('trace_count')} traces, {of('error_traces')} with errors  {of('storage_path')}"
    if kind == "obs_trace_complete":
        return f"{of('name')}  {of('duration_ms')} ms  {of('status')}  {of('trace_id')}"
    if kind == "obs_retention":
        return f"{of('reason')}  {of('dropped', 'bytes')} bytes dropped  {of('storage_path')}"
    if kind == "obs_gap":
        return f"{of('reason')}  {of('period', 'start')} to {of('period', 'end')}"
    return of("idempotency_key")


def write(receipts, form, output):
    if form in ("json", "jsonl"):
        for line, _ in receipts:
            output.write(line.decode() + "\n")
    elif form == "csv":
        writer = csv.writer(output, lineterminator="\r\n")
        writer.writerow([name for name, _ in COLUMNS] + ["receipt"])
        for line, receipt in receipts:
            writer.writerow([cell(receipt, path) for _, path in COLUMNS] + [line.decode()])
    else:
        rows = [["SEQ", "TIMESTAMP", "TYPE", "WHAT"]]
        rows += [[plain(text) for text in (cell(receipt, ["seq"]), cell(receipt, ["timestamp"]), cell(receipt, ["type"]), summary(receipt))] for _, receipt in receipts]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        if len(rows) > 1:
            for row in rows:
                output.write("  ".join([row[column].ljust(widths[column]) for column in range(3)] + [row[3]]).rstrip() + "\n")


def read_types(text):
    types = set()
    for item in (text or "").split(","):
        kind = item.strip().removeprefix("obs_")
        if kind and kind not in TYPES:
            near = nearest(kind, TYPES)
            raise UsageError(f'--type: got "{item.strip()}", want {", ".join(TYPES)}' + (f"; did you mean {near}?" if near else ""))
        if kind:
            types.add("obs_" + kind)
    return types


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="observability_query_events.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--type", metavar="TYPE,…", help="of these types: metric_snapshot, log_batch, trace_complete, …")
    parser.add_argument("--filter", metavar="EXPR", help="that match a condition, such as \"duration_ms > 5000\"")
    parser.add_argument("--node", metavar="NODE", help="of this node: brick-01 or did:vm:node:brick-01")
    parser.add_argument("--from", dest="since", metavar="TIME", help="from this time on: 2025-12-06T14:30:00Z, 2025-12-06, -15m")
    parser.add_argument("--to", dest="until", metavar="TIME", help="up to but without this time")
    parser.add_argument("--last", metavar="DURATION", help="as far back as this: 15m, 1h30m, 24h, 7d, 2w")
    parser.add_argument("--limit", type=int, metavar="N", help=f"at most so many, the latest; without it a table has {TABLE_LIMIT}, json and csv have all")
    parser.add_argument("--format", "--output", "-o", default="table", choices=["table", "json", "jsonl", "csv", "parquet"], help="how to write them")
    parser.add_argument("--data", default="./data", metavar="DIR", help="the data folder")
    return parser.parse_args([f"{argument}={value}" if argument in ("--from", "--to") else argument for argument, value in pairs(arguments)])


def pairs(arguments):
    """`--from -15m`: a value that begins with a dash is a value all the same."""
    at = 0
    while at < len(arguments):
        is_time = arguments[at] in ("--from", "--to") and at + 1 < len(arguments)
        yield arguments[at], (arguments[at + 1] if is_time else None)
        at += 2 if is_time else 1


def main(arguments):
    options = parse_arguments(arguments)
    try:
        if options.format == "parquet":
            raise UsageError("--format: got \"parquet\", want table, json or csv here; `vm-obs query --format parquet` writes parquet, from a running engine")
        if options.limit is not None and options.limit < 1:
            raise UsageError(f'--limit: got "{options.limit}", want a number from 1 on')
        start, end = parse_range(options.since, options.until, options.last, time.time_ns())
        types = read_types(options.type)
        try:
            condition = FilterParser(options.filter).parse() if options.filter is not None else None
        except FilterError as error:
            raise UsageError(f'--filter: got "{options.filter}", want a filter (docs/ask/filters.md); {error}') from None
    except UsageError as error:
        print(f"observability_query_events: {error}", file=sys.stderr)
        return 2
    receipts = matching(options, start, end, types, condition)
    limit = options.limit if options.limit is not None else TABLE_LIMIT if options.format == "table" else None
    if limit is not None:
        receipts = deque(receipts, maxlen=limit)
    sys.stdout.reconfigure(encoding="utf-8", newline="")
    write(receipts, options.format, sys.stdout)
    if limit is not None and len(receipts) == limit:
        print(f"stopped at the limit of {limit} receipts; there may be more (--limit)", file=sys.stderr)
    elif limit is not None and not receipts:
        print("no receipts match", file=sys.stderr)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:
        # `… | head`: who read has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
