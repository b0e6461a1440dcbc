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


def _each(*lines: str) -> list[str]:
    """The texts between the bars."""
    return "|".join(lines).split("|")


_TEXTS = (
    *_each(
        "0|-1|1|1e400|NaN|٣|²|null|[]|a=b&c|../../etc/passwd|{{7*7}}|%s%n|' OR 1=1 --|<script>|$Variable",
        "http://[::1|http://localhost:99999/|https://a b/|//evil.example|https://user:pass@host:port/",
        "http://127.0.0.1:0x50/|http://℀.example|javascript:alert(1)|a.b.c|eyJ.eyJ.|....|state-AAAA|state-",
        "2026-02-30|9999-12-31T23:59|0000-00-00| ||\r\nX-Odd: 1|\ufeff|\u202e\ufdfd|\ud800|\udfff.|\0|a\0b",
    ),
    *("😀" * 50, "ﬀ" * 300, "9" * 30, "9" * 5000, "x" * 300, "x" * 5000, "x" * 70000),
)
_WILD = (
    *b"%00|%|%zz|%ED%A0%80|%C0%80|%FF%FE|%25%30%30|%u0000|%0d%0aX-Odd:1|%F0%9F%98%80|%2F|%2e%2e%2f".split(
        b"|"
    ),
    *b"+|&&&|=|;|//|/../|/./|?|#|[]|{| |\0|\xff\xfe|\xed\xa0\x80|\\|\t|\r\n".split(b"|"),
    *(b"~" * 5000, b"&a=1" * 1500),
)
_METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "X" * 40)
_ODD_FOR_ALL = ("", "\xff", "x" * 5000, ",,,", ";=;", "\ud800", "a\tb", "a=1;" * 1500)
# What each header may say beside that, between bars.
_HEADERS = {
    "Host": "evil.example|127.0.0.1|[::1|a b|127.0.0.1:99999|a:b:c|é.example",
    "Origin": "null|https://evil.example|http://[::1",
    "Cookie": 'a=b=c|__Host-waymark|__Host-waymark=ÿ|__Host-waymark="\\000\\377"|=|\x01',
    "Sec-Fetch-Site": "cross-site|same-origin|same-site|none",
    "Sec-Fetch-Dest": "iframe|frame|document",
    "Sec-Fetch-Mode": "navigate|cors",
    "Content-Type": f"{FORM}|{FORM}; charset=utf-16|{FORM}; charset=rot13|application/json|text/plain|ÿ/;;="
    "|multipart/form-data|multipart/form-data; boundary=|multipart/form-data; boundary=" + "b" * 300,
    "Content-Encoding": "gzip|br|identity, gzip",
    "Content-Length": "-1|0|1|+5|1_0|5, 5|0x10|٣| 7 |" + "9" * 25,
    "Transfer-Encoding": "chunked|gzip, chunked|identity|chunked, chunked|\x0bchunked|xchunked",
    "Accept": "application/json|*/*;q=2|text/html;q=x",
    "Accept-Language": "es|es-419;q=0.9,en|en;q=NaN|_-_|zh-Hant-TW-u-ca|*",
    "X-Forwarded-For": "1.2.3.4|evil|::1, ::2",
    "X-Forwarded-Proto": "https|ftp",
    "X-Forwarded-Host": "evil.example|a b",
    "X-Forwarded-Prefix": "/odd|//",
    "Forwarded": "for=1.2.3.4;host=evil.example",
    "SCRIPT_NAME": "/lti|x",
    "Range": "bytes=0-0|bytes=9-1,-1|bytes=" + "0-," * 1500,
    "If-Modified-Since": "Thu, 99 Foo 99999 99:99:99|0|Mon, 01 Jan 0001 00:00:00 +2359",
    "If-None-Match": '*|W/"',
    "Expect": "100-continue",
    "Upgrade": "websocket|h2c",
    "Connection": "keep-alive|upgrade|close, host",
    "Authorization": "Basic =|Digest a=|Bearer x",
    "Referer": "http://[::1",
    "X-HTTP-Method-Override": "DELETE",
    "Space ": "before the colon",
    " Folded": "continuation",
    "X-" + "y" * 9000: "long name",
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
    ways = {"pairs": 9, "wild": 4, "header": 6, "method": 2, "framing": 3, "bytes": 3}
    kinds = chance.choices(list(ways), list(ways.values()), k=times)
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
        pairs[at] = chance.choice((name.upper(), name + "[]", name + chance.choice(_TEXTS), *_TEXTS)), value
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
    """JSON, or nearly. Depths lie around Python's limit, which reading and writing meet at different ones."""
    depth = chance.choice((20, 400, chance.randint(930, 990), chance.randint(960, 980), 15000))
    return chance.choice(
        (
            *_each("null|true|0|-1|1.5|1e308|1e400|-1e400|-0.0|1E15|253402300800|NaN|Infinity"),
            *_each('[]|{}|[null]|[[]]|{"": ""}|{"a": 1, "a": 2}'),
            *("9" * 25, "9" * 4000, "9" * 5000, "[" + "1," * 9000 + "1]"),
            *("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth),
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
    value = chance.choice((*_each(_HEADERS[name]), *_ODD_FOR_ALL[: chance.choice((0, 8))]))
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
