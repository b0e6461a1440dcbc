"""Valid requests, and what becomes of them: parameters, headers, lengths, encodings, JSON and bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote

FORM = "application/x-www-form-urlencoded"
Pairs = list[tuple[str, str]]

_TEXTS = (
    *("", " ", "0", "-1", "1", "1e400", "NaN", "9" * 30, "9" * 5000, "٣", "²", "null", "[]", "a=b&c"),
    *("\0", "a\0b", "\ud800", "\udfff.", "\r\nX-Odd: 1", "\ufeff", "\u202e\ufdfd", "😀" * 50, "ﬀ" * 300),
    *("x" * 300, "x" * 5000, "x" * 70000, "../../etc/passwd", "{{7*7}}", "%s%n", "' OR 1=1 --", "<script>"),
    *("http://[::1", "http://localhost:99999/", "https://a b/", "//evil.example", "javascript:alert(1)"),
    *(
        "https://user:pass@host:port/",
        "http://127.0.0.1:0x50/",
        "http://\u2100.example",
        "$Variable",
        "state-",
    ),
    *(
        "2026-02-30",
        "9999-12-31T23:59",
        "0000-00-00T00:00",
        "state-" + "A" * 200,
        "a.b.c",
        "eyJ.eyJ.",
        "....",
    ),
)
_WILD = (
    *(
        b"%00",
        b"%",
        b"%zz",
        b"%ED%A0%80",
        b"%C0%80",
        b"%FF%FE",
        b"%25%30%30",
        b"+",
        b"&&&",
        b"=",
        b";",
        b"\0",
    ),
    *(
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"%u0000",
        b"%0d%0aX-Odd:1",
        b"//",
        b"/../",
        b"/./",
        b"?",
        b"#",
        b"\\",
        b" ",
    ),
    *(b"%F0%9F%98%80", b"\t", b"\r\n", b"[]", b"{", b"%2F", b"%2e%2e%2f", b"~" * 5000, b"&a=1" * 1500),
)
_METHODS = (
    "GET",
    "POST",
    "HEAD",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "get",
    "X" * 40,
    "G\0T",
)
_HEADERS: dict[str, tuple[str, ...]] = {
    "Host": (
        "",
        "evil.example",
        "127.0.0.1",
        "[::1",
        "a b",
        "127.0.0.1:99999",
        "x" * 5000,
        "a:b:c",
        "é.example",
    ),
    "Origin": ("null", "https://evil.example", "", "http://[::1", "\xff"),
    "Cookie": (
        ";;;",
        "=",
        "a=b=c",
        "__Host-waymark",
        "__Host-waymark=\xff",
        "__Host-waymark=" + "A" * 43,
        "__Host-waymark-admin=" + "A" * 43,
        '__Host-waymark="\\000\\377"',
        "a=1;" * 1500,
        "\x01",
    ),
    "Sec-Fetch-Site": ("cross-site", "same-origin", "none", "", "\xff", "same-site"),
    "Sec-Fetch-Dest": ("iframe", "frame", "document", ""),
    "Sec-Fetch-Mode": ("navigate", "cors", ""),
    "Content-Type": (
        FORM,
        "application/json",
        "text/plain",
        "",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "b" * 300,
        FORM + "; charset=utf-16",
        FORM + "; charset=rot13",
        "\xff/;;=",
    ),
    "Content-Encoding": ("gzip", "br", "identity, gzip"),
    "Content-Length": ("", "-1", "0", "1", "+5", "1_0", "9" * 25, "5, 5", "0x10", "٣", " 7 "),
    "Transfer-Encoding": (
        "chunked",
        "gzip, chunked",
        "identity",
        "chunked, chunked",
        "\x0bchunked",
        "xchunked",
    ),
    "Accept": ("application/json", "*/*;q=2", "text/html;q=x", ";;;,,,", "a/b;" * 1500, "\xff"),
    "Accept-Language": (
        "es",
        "es-419;q=0.9,en",
        "x" * 5000,
        "en;q=NaN",
        "_-_",
        ",,,",
        "zh-Hant-TW-u-ca",
        "*",
        "\xff",
    ),
    "X-Forwarded-For": ("1.2.3.4", "", "evil", "::1, ::2"),
    "X-Forwarded-Proto": ("https", "ftp", "\xff"),
    "X-Forwarded-Host": ("evil.example", "a b"),
    "X-Forwarded-Port": ("0", "abc"),
    "X-Forwarded-Prefix": ("/odd", "//"),
    "Forwarded": ("for=1.2.3.4;host=evil.example", ";=;="),
    "SCRIPT_NAME": ("/lti", "x"),
    "X-HTTP-Method-Override": ("DELETE",),
    "Range": ("bytes=0-0", "bytes=9-1,-1", "bytes=" + "0-," * 1500, "x=\xff"),
    "If-Modified-Since": ("Thu, 99 Foo 99999 99:99:99", "0", "Mon, 01 Jan 0001 00:00:00 +2359", "\xff"),
    "If-None-Match": ("*", '"' + "x" * 5000, 'W/"', "\xff"),
    "Expect": ("100-continue", "\xff"),
    "Upgrade": ("websocket", "h2c"),
    "Connection": ("keep-alive", "upgrade", "close, host", ""),
    "Authorization": ("Basic =", "Digest a=\xff", "Bearer \xff"),
    "Referer": ("http://[::1", "\xff"),
    "Date ": ("space before the colon",),
    " Folded": ("continuation",),
    "X-" + "y" * 9000: ("long name",),
}


@dataclass
class Request:
    """A valid request, in parts. `whole` says that its content is odd already; most then travel unharmed."""

    method: str
    path: str
    query: Pairs = field(default_factory=list)
    form: Pairs | None = None
    body: bytes = b""
    headers: Pairs = field(default_factory=list)
    whole: bool = False


def wire(request: Request, chance: Random) -> bytes:
    """The bytes to send: one in eight as valid as it was made, the others mutated in one to three ways."""
    request = deepcopy(request)
    times = chance.choice((0, 0, 0, 1) if request.whole else (0, 1, 1, 1, 1, 2, 2, 3))
    kinds = chance.choices(
        ("pairs", "wild", "header", "method", "framing", "bytes"), (9, 4, 6, 2, 3, 3), k=times
    )
    for _ in range(kinds.count("pairs")):
        request.query = odd_pairs(request.query, chance)
        if request.form is not None:
            request.form = odd_pairs(request.form, chance)
    body = request.body if request.form is None else encoded(request.form)
    target = quote(request.path, safe="/%:@").encode()
    if request.query:
        target += b"?" + encoded(request.query)
    for _ in range(kinds.count("wild")):
        if request.method == "POST" and chance.random() < 0.6:
            body = _insert(body, chance.choice(_WILD), chance)
        else:
            target = _insert(target, chance.choice(_WILD), chance, after=1)
    method = chance.choice(_METHODS) if "method" in kinds else request.method
    if request.form is not None and "framing" in kinds and chance.random() < 0.3:
        body = b"".join(
            b'--odd\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
            % (_bytes(name), _bytes(value))
            for name, value in request.form
        )
        body += b"--odd--\r\n"
        request.headers.append(("Content-Type", "multipart/form-data; boundary=odd"))
    elif request.form is not None:
        request.headers.append(("Content-Type", FORM))
    if request.method == "POST":
        request.headers.append(("Content-Length", str(len(body))))
    for _ in range(kinds.count("header")):
        _odd_header(request.headers, chance)
    if "framing" in kinds:
        body = _odd_framing(request.headers, body, chance)
    head = method.encode() + b" " + target + b" HTTP/1.1\r\n"
    head += b"".join(_bytes(name) + b": " + _bytes(value) + b"\r\n" for name, value in request.headers)
    sent = head + b"\r\n" + body
    for _ in range(kinds.count("bytes")):
        sent = odd_bytes(sent, chance)
    return sent


def encoded(pairs: Pairs) -> bytes:
    """Names and values as a form has them; halves of surrogate pairs, too."""
    return "&".join(
        f"{quote(_bytes(name), safe='')}={quote(_bytes(value), safe='')}" for name, value in pairs
    ).encode()


def odd_pairs(pairs: Pairs, chance: Random) -> Pairs:
    """One parameter dropped, doubled, renamed, replaced, damaged, or one more."""
    pairs = list(pairs)
    if not pairs or chance.random() < 0.1:
        return [*pairs, (chance.choice(("lang", "done", "n", "q", "odd", *_TEXTS)), chance.choice(_TEXTS))]
    at = chance.randrange(len(pairs))
    name, value = pairs[at]
    kind = chance.choice(
        ("drop", "double", "twice", "rename", "replace", "replace", "replace", "damage", "many")
    )
    if kind == "drop":
        del pairs[at]
    elif kind == "double":
        pairs.append((name, chance.choice(_TEXTS)))
    elif kind == "twice":
        pairs.append((name, value))
    elif kind == "many":
        pairs += [(name, value[:20])] * 1200
    elif kind == "rename":
        pairs[at] = chance.choice((name.upper(), name + "[]", name + "\0", *_TEXTS)), value
    elif kind == "replace":
        pairs[at] = name, chance.choice(_TEXTS)
    else:
        pairs[at] = name, odd_bytes(_bytes(value), chance).decode("latin-1")
    return pairs


def odd_bytes(data: bytes, chance: Random) -> bytes:
    """Bytes flipped, removed, inserted or repeated."""
    at = chance.randrange(len(data) + 1)
    kind = chance.choice(("flip", "remove", "insert", "repeat", "cut"))
    if kind == "flip" and data:
        changed = bytearray(data)
        for _ in range(chance.choice((1, 1, 2, 8))):
            changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        return bytes(changed)
    if kind == "remove":
        return data[:at] + data[at + chance.choice((1, 2, 16)) :]
    if kind == "insert":
        return data[:at] + chance.randbytes(chance.choice((1, 4, 64))) + data[at:]
    if kind == "repeat":
        return data[:at] + data[at : at + chance.choice((1, 8, 64))] * chance.choice((2, 30)) + data[at:]
    return data[:at]


def odd_json(value: Any, chance: Random) -> str:
    """JSON text of `value` with a few places changed, also into what no library would write."""
    value, odd = deepcopy(value), {}
    for number in range(chance.choice((1, 1, 1, 2, 3))):
        places = list(_places(value))
        if not places:
            break
        holder, key = chance.choice(places)
        kind = chance.choice(("replace",) * 6 + ("remove", "wrap", "name", "more"))
        if kind == "remove":
            del holder[key]
        elif kind == "wrap":
            holder[key] = chance.choice(([holder[key]], {"id": holder[key]}, [holder[key]] * 300))
        elif kind == "name" and isinstance(holder, dict):
            holder[chance.choice((*_TEXTS, key.upper()))] = holder.pop(key)
        else:
            mark = f"@odd-{number}@"
            odd[mark] = _odd_value(chance)
            if kind == "more" and isinstance(holder, list):
                holder.append(mark)
            else:
                holder[key] = mark
    text = json.dumps(value)
    for mark, written in odd.items():
        text = text.replace(f'"{mark}"', written)
    if isinstance(value, dict) and value and chance.random() < 0.1:  # a name for the second time
        text = f"{{{json.dumps(chance.choice(list(value)))}: {_odd_value(chance)}, {text[1:]}"
    return text


def _odd_value(chance: Random) -> str:
    """JSON, or nearly. Depths around Python's limit of recursion, because reading and writing differ there."""
    depth = chance.choice((20, 200, chance.randint(300, 1000), 15000))
    return chance.choice(
        (
            *(
                "null",
                "true",
                "0",
                "-1",
                "1.5",
                "1e400",
                "-1e400",
                "NaN",
                "Infinity",
                "9" * 25,
                "9" * 4000,
                "9" * 5000,
            ),
            *(
                "[]",
                "{}",
                "[null]",
                '{"": ""}',
                "[[]]",
                "1e308",
                "-0.0",
                "253402300800",
                "1E15",
                '{"a": 1, "a": 2}',
            ),
            *("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "[" + "1," * 9000 + "1]"),
            *(json.dumps(chance.choice(_TEXTS)) for _ in range(12)),
        )
    )


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place inside `value`: what holds it and its key there."""
    keys: Any = (
        list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _odd_header(headers: Pairs, chance: Random) -> None:
    name = chance.choice(list(_HEADERS))
    value = chance.choice(_HEADERS[name])
    kind = chance.random()
    if kind < 0.6:  # in the place of what stands there
        headers[:] = [pair for pair in headers if pair[0] != name]
    if kind < 0.9:
        headers.insert(chance.randrange(len(headers) + 1), (name, value))
    elif headers:
        del headers[chance.randrange(len(headers))]


def _odd_framing(headers: Pairs, body: bytes, chance: Random) -> bytes:
    """Lengths that are wrong, and chunks, whole or broken."""
    kind = chance.choice(("shorter", "longer", "none", "chunked", "broken", "both"))
    if kind != "both":
        headers[:] = [pair for pair in headers if pair[0] != "Content-Length"]
    if kind in {"shorter", "longer"}:
        length = len(body) + (50 if kind == "longer" else -min(50, len(body)))
        headers.append(("Content-Length", str(length)))
    elif kind != "none":
        headers.append(("Transfer-Encoding", "chunked"))
        half = len(body) // 2
        chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:]) if part]
        body = b"".join((*chunks, b"0\r\n\r\n"))
        if kind == "broken":
            body = _insert(
                body, chance.choice((b"-1\r\n", b"ffffffffffffffff\r\n", b"zz\r\n", b";" * 9000)), chance
            )
    return body


def _insert(data: bytes, more: bytes, chance: Random, *, after: int = 0) -> bytes:
    at = chance.randint(min(after, len(data)), len(data))
    return data[:at] + more + data[at:]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
