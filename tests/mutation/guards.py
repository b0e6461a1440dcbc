"""The security checks of a module, each with the edit that switches it off.

A check is: a condition that leads to a refusal, each alternative by itself; a call of a function that refuses;
an early way out; the answer of a predicate; a restriction of a query or a selection; a limit; a header,
cookie attribute or safe setting; the decorator that asks for a role.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

# Pages whose own logic is no check; what guards them are their decorators and refusals.
PAGES = frozenset(
    {
        "about_me",
        "accommodations",
        "answers",
        "channels",
        "class_map",
        "course_copy",
        "diagnostic",
        "family",
        "family_links",
        "family_pages",
        "gradebook_connection",
        "gradebook_export",
        "gradebook_import",
        "groups",
        "draft_entries",
        "form_rows",
        "learner_file",
        "health",
        "i18n",
        "landing",
        "letters",
        "messages",
        "notices",
        "outcomes",
        "pace",
        "pages",
        "picker",
        "platform_words",
        "policy",
        "results",
        "skill_map",
        "spreadsheet",
        "staff",
        "standing_wishes",
        "student",
        "student_notes",
        "students",
        "teacher",
        "together",
        "week",
    }
)
FOLDERS = ("lti_tool/launch", "lti_tool/web")
MODULES = (
    "lti_tool/http.py",
    "lti_tool/grades/service_client.py",
    "lti_tool/usecases/family_links.py",
    "lti_tool/usecases/family_preferences.py",
    "lti_tool/usecases/stop_reports.py",
)

_REFUSING = re.compile(
    r"^_*(require|check|refuse|validate|verify|spend|ensure|limit|forbid|count|may_be_framed|known_|before_request|init_app"
    r"|give_browser|record|revoke|end_|forget_)"
)
_SAFE_KEYWORDS = frozenset(
    {"algorithms", "registry", "parse_constant", "allow_redirects", "timeout", "with_for_update"}
)
_SMALLEST = re.compile(r"SMALLEST|LEAST|SHORTEST|MINIMUM|FEWEST|AFTER|PAUSE|COOL|WAIT|EVERY")


class Kind(StrEnum):
    """What sort of check it is."""

    REFUSAL = "refusal"
    CALL = "call"
    DECORATOR = "decorator"
    LIMIT = "limit"
    SETTING = "setting"
    ANSWER = "answer"
    WAY_OUT = "way out"
    RESTRICTION = "restriction"


@dataclass(frozen=True, slots=True)
class Guard:
    """One check: bytes `start` to `end` of the file become `replacement`.

    Tests that could notice execute one of `lines`; where nothing is executed in a test (constants and
    statements of a module, decorators), they execute a line that mentions one of `names`.
    """

    file: str
    function: str
    line: int
    kind: Kind
    text: str
    start: int
    end: int
    replacement: str
    lines: frozenset[int]
    names: frozenset[str] = field(default=frozenset())

    @property
    def name(self) -> str:
        """What identifies the check although lines move."""
        return f"{self.file} {self.function}: {self.text}"


def guarded_files(root: Path) -> Iterator[Path]:
    """The modules whose checks count."""
    for folder in FOLDERS:
        yield from sorted((root / folder).glob("*.py"))
    for module in MODULES:
        yield root / module


def find_guards(file: str, source: bytes) -> list[Guard]:
    """All checks of a module, in the order in which they stand there."""
    path = Path(file)
    finder = _Finder(file, source, whole=path.parent.name != "web" or path.stem not in PAGES)
    finder.visit(ast.parse(source))
    found: dict[tuple[int, int, str], Guard] = {}
    for guard in finder.found:
        found.setdefault((guard.start, guard.end, guard.replacement), guard)
    return sorted(found.values(), key=lambda guard: (guard.start, guard.replacement))


class _Finder(ast.NodeVisitor):
    def __init__(self, file: str, source: bytes, *, whole: bool) -> None:
        self.found: list[Guard] = []
        self._file = file
        self._source = source
        self._whole = whole
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._functions: list[str] = []
        self._predicate = False
        self._assigned: frozenset[str] = frozenset()
        self._handled: set[ast.AST] = set()
        self._role_decorators = {"allow"}

    # Names of functions, predicates, decorators

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:  # the base class's name
        for decorator in node.decorator_list:
            self._decorator(decorator, node)
        predicate, self._predicate = self._predicate, self._is_name(node.returns, "bool")
        self._functions.append(node.name)
        self.generic_visit(node)
        self._functions.pop()
        self._predicate = predicate

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._functions.append(node.name)
        self.generic_visit(node)
        self._functions.pop()

    def _decorator(self, node: ast.expr, decorated: ast.FunctionDef) -> None:
        called = node.func if isinstance(node, ast.Call) else node
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in self._role_decorators or name in {"before_request", "after_request"}:
            first, last = decorated.body[0], decorated.body[-1]
            self._add(
                node,
                Kind.DECORATOR,
                "",
                f"@{self._text(node)} of {decorated.name}",
                at=self._offset(node.lineno, node.col_offset) - 1,
                lines=range(first.lineno, (last.end_lineno or last.lineno) + 1),
                names={name},
            )

    # Refusals and ways out

    def visit_If(self, node: ast.If) -> None:
        for branch, wanted in ((node.body, False), (node.orelse, True)):
            raised = [item for item in branch if isinstance(item, ast.Raise)]
            if raised:
                self._handled.update(raised)
                self._switch(node.test, wanted, Kind.REFUSAL, lines=_lines(*raised))
            elif branch and self._whole and self._is_way_out(branch[-1]):
                self._switch(node.test, wanted, Kind.WAY_OUT, lines=_lines(branch[-1]))
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        if node not in self._handled:
            self._add(node, Kind.REFUSAL, "pass", f"drop {self._text(node)}")
        self.generic_visit(node)

    @staticmethod
    def _is_way_out(last: ast.stmt) -> bool:
        if isinstance(last, ast.Continue):
            return True
        if not isinstance(last, ast.Return):
            return False
        return last.value is None or _is_nothing(last.value)

    # Calls, answers, restrictions

    def visit_Expr(self, node: ast.Expr) -> None:
        call = node.value
        if self._whole and isinstance(call, ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if _REFUSING.match(name):
                self._add(node, Kind.CALL, "pass", f"drop {self._text(node)}")
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        if self._whole and self._predicate and node.value is not None:
            for answer in (True, False):
                self._switch(node.value, answer, Kind.ANSWER, lines=_lines(node))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if self._whole:
            if name in {"where", "filter"}:
                for condition in node.args:
                    self._add(
                        condition,
                        Kind.RESTRICTION,
                        '__import__("sqlalchemy").true()',
                        f"where without {self._text(condition)}",
                    )
            self._keywords(node, name)
            if name == "join" and node.args and isinstance(node.args[0], ast.Tuple):
                for element in node.args[0].elts:
                    self._add(element, Kind.SETTING, "*()", f"without {self._text(element)}")
        self.generic_visit(node)

    def _keywords(self, node: ast.Call, name: str) -> None:
        limits = name.endswith("Limit")
        for keyword in node.keywords:
            if keyword.arg is None:
                continue
            text = self._text(keyword)
            if name in {"set_cookie", "delete_cookie"} or keyword.arg in _SAFE_KEYWORDS:
                self._add(keyword, Kind.SETTING, "**{}", f"{name} without {text}")
            elif name == "update" and keyword.arg.isupper():
                self._add(keyword, Kind.SETTING, "**{}", f"without {text}")
            elif limits and isinstance(keyword.value, ast.Constant):
                factor = "0" if "wait" in keyword.arg else "1000"
                self._add(
                    keyword.value, Kind.LIMIT, f"{self._text(keyword.value)} * {factor}", f"{text} * {factor}"
                )

    def visit_comprehension(self, node: ast.comprehension) -> None:
        if self._whole:
            for condition in node.ifs:
                self._switch(condition, True, Kind.RESTRICTION, lines=_lines(condition))
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        if self._whole:
            for nothing, value in ((node.orelse, True), (node.body, False)):
                if _is_nothing(nothing):
                    self._switch(node.test, value, Kind.RESTRICTION, lines=_lines(node))
        self.generic_visit(node)

    # Limits and settings

    def visit_Assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        if isinstance(target, ast.Name):
            self._constant(target.id, node.value)
            if isinstance(node.value, ast.Call) and self._is_name(node.value.func, "allow"):
                self._role_decorators.add(target.id)
        if self._whole:
            if isinstance(target, ast.Subscript) and self._text(target.value).endswith("headers"):
                self._add(node, Kind.SETTING, "pass", f"drop {self._text(target)}")
            if (
                self._file.endswith("/http.py")
                and isinstance(target, ast.Attribute)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, bool)
            ):
                self._add(node, Kind.SETTING, "pass", f"drop {self._text(node)}")
        if not self._functions:
            self._assigned = frozenset(item.id for item in ast.walk(target) if isinstance(item, ast.Name))
        self.generic_visit(node)
        self._assigned = self._assigned if self._functions else frozenset()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if isinstance(node.target, ast.Name) and node.value is not None:
            self._constant(node.target.id, node.value)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if self._whole and isinstance(node.value, ast.Dict) and isinstance(node.op, ast.BitOr):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                if key is not None and isinstance(value, ast.Constant):
                    start = self._offset(key.lineno, key.col_offset)
                    text = f"without {self._text(key)}: {self._text(value)}"
                    self._add(value, Kind.SETTING, "**{}", text, at=start)
        self.generic_visit(node)

    def _constant(self, name: str, value: ast.expr) -> None:
        """A number of a module or class. Larger is laxer, save for what must at least be or at least wait."""
        in_function = bool(self._functions) and not self._functions[-1][:1].strip("_").isupper()
        if not self._whole or in_function or not self._is_number(value):
            return
        text = self._text(value)
        changed = f"({text}) // 1000" if _SMALLEST.search(name.upper()) else f"({text}) * 1000"
        self._add(value, Kind.LIMIT, changed, f"{name} = {changed}", names={name})

    def _is_number(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant):
            return isinstance(node.value, int | float) and not isinstance(node.value, bool)
        if isinstance(node, ast.BinOp):
            return self._is_number(node.left) and self._is_number(node.right)
        return isinstance(node, ast.Call) and self._is_name(node.func, "timedelta")

    # Edits

    def _switch(self, test: ast.expr, value: bool, kind: Kind, *, lines: Sequence[int]) -> None:
        """Make `test` always `value`; where several alternatives lead there, each of them by itself."""
        for part, answer in _alternatives(test, value):
            if isinstance(part, ast.Constant) and part.value is answer:
                continue
            self._add(part, kind, str(answer), f"{self._text(part)} → {answer}", lines=lines)

    def _add(
        self,
        node: ast.expr | ast.stmt | ast.keyword,
        kind: Kind,
        replacement: str,
        text: str,
        *,
        at: int | None = None,
        lines: Sequence[int] = (),
        names: set[str] | None = None,
    ) -> None:
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        self.found.append(
            Guard(
                file=self._file,
                function=".".join(self._functions) or "module",
                line=node.lineno,
                kind=kind,
                text=text,
                start=self._offset(node.lineno, node.col_offset) if at is None else at,
                end=self._offset(end_line, end_column),
                replacement=replacement,
                lines=frozenset(lines or _lines(node)),
                names=frozenset(names or self._assigned),
            )
        )

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column

    def _text(self, node: ast.AST) -> str:
        if isinstance(node, ast.keyword):
            return f"{node.arg}={self._text(node.value)}"
        text = " ".join(ast.unparse(node).split())
        return text if len(text) <= 110 else text[:107] + "…"

    @staticmethod
    def _is_name(node: ast.AST | None, name: str) -> bool:
        return isinstance(node, ast.Name) and node.id == name


def _alternatives(test: ast.expr, value: bool) -> Iterator[tuple[ast.expr, bool]]:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from _alternatives(test.operand, not value)
    elif isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And if value else ast.Or):
        for part in test.values:
            yield from _alternatives(part, value)
    else:
        yield test, value


def _is_nothing(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return value.value is None or value.value is False or value.value == ""
    if isinstance(value, ast.List | ast.Tuple):
        return not value.elts
    return isinstance(value, ast.Dict) and not value.keys


def _lines(*nodes: ast.expr | ast.stmt | ast.keyword) -> list[int]:
    return [line for node in nodes for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)]
