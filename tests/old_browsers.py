"""Whether a script is one that Chrome 80 reads: county offices keep old browsers.

Stricter than Chrome 80 itself: the grammar of ECMAScript 2018 without look-behind, and no function that came later.
"""

from __future__ import annotations

import re

import esprima

GRAMMAR = frozenset(
    [
        "ArrayExpression",
        "ArrayPattern",
        "ArrowFunctionExpression",
        "AssignmentExpression",
        "AssignmentPattern",
        "AwaitExpression",
        "BinaryExpression",
        "BlockStatement",
        "BreakStatement",
        "CallExpression",
        "CatchClause",
        "ConditionalExpression",
        "ContinueStatement",
        "Directive",
        "DoWhileStatement",
        "EmptyStatement",
        "ExpressionStatement",
        "ForInStatement",
        "ForOfStatement",
        "ForStatement",
        "FunctionDeclaration",
        "FunctionExpression",
        "Identifier",
        "IfStatement",
        "Literal",
        "LogicalExpression",
        "MemberExpression",
        "NewExpression",
        "ObjectExpression",
        "ObjectPattern",
        "Program",
        "Property",
        "RestElement",
        "ReturnStatement",
        "SequenceExpression",
        "SpreadElement",
        "SwitchCase",
        "SwitchStatement",
        "TemplateElement",
        "TemplateLiteral",
        "ThisExpression",
        "ThrowStatement",
        "TryStatement",
        "UnaryExpression",
        "UpdateExpression",
        "VariableDeclaration",
        "VariableDeclarator",
        "WhileStatement",
    ]
)
LATER = re.compile(
    r"\.(?:at|replaceAll|flatMap|findLast|findLastIndex|toSorted|toReversed|groupBy|matchAll|allSettled|any)\("
    r"|\bstructuredClone\b|\bObject\.hasOwn\b|\bDecompressionStream\b|\(\?<[=!]|\b\d[\d_]*_\d|\b\d+n\b"
    r"|\bWeakRef\b|\bglobalThis\b|\bcrypto\.randomUUID\b|\bAbortSignal\.timeout\b|\bResizeObserver\b"
)


MODULE_GRAMMAR = frozenset(
    [
        "ClassBody",
        "ClassDeclaration",
        "ExportNamedDeclaration",
        "ExportSpecifier",
        "ImportDeclaration",
        "ImportNamespaceSpecifier",
        "ImportSpecifier",
        "MethodDefinition",
    ]
)


def newer_than_chrome_80(script: str, *, module: bool = False) -> list[str]:
    """What the script, or module, uses that the browser does not read; one that cannot be parsed says so."""
    found: list[str] = []

    def look(node: object, _: object) -> object:
        kind = str(getattr(node, "type", ""))
        if kind not in (GRAMMAR | MODULE_GRAMMAR if module else GRAMMAR):
            found.append(kind)
        if kind in ("LogicalExpression", "AssignmentExpression") and getattr(node, "operator", "") in (
            "??",
            "??=",
            "||=",
            "&&=",
        ):
            found.append(str(node.operator))  # type: ignore[attr-defined]
        return node

    try:
        (esprima.parseModule if module else esprima.parseScript)(script, {}, look)
    except esprima.Error as error:
        return [str(error)]
    plain = re.sub(r"//[^\n]*", "", script)
    return sorted(set(found) | {match.group() for match in LATER.finditer(plain)})
