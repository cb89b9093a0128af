"""GraphML of roads, as OSMnx and NetworkX write it, read with the standard library; documents with entities are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import numpy as np

from evac.plan.roads import Numbers
from riskmap.errors import DataError, DatumError

_SPACE = "{http://graphml.graphdrawing.org/xmlns}"


def graphml_rows(text: str, where: str) -> Iterator[tuple[dict[str, Any], Any, str]]:
    """Properties, line and place of each road of a GraphML text.

    Two directed edges on the same line are one road in both directions; a directed edge alone is one-way. Nodes carry ``x``
    and ``y`` in degrees; an edge without ``geometry`` (well-known text) is straight.

    Parameters
    ----------
    text : str
        The document.
    where : str
        Its name, for messages.

    Raises
    ------
    DataError
        Not GraphML, a document type (entities can fill the memory), or an edge to a node that is not there.
    DatumError
        The graph declares a projected system.
    """
    root = _parsed(text, where)
    graph = root.find(f"{_SPACE}graph")
    if graph is None:
        raise _wrong("no graph in it", where, "<graph>", "none")
    names = {key.get("id", ""): key.get("attr.name", "") for key in root.iter(f"{_SPACE}key")}
    declared = _values(graph, names).get("crs", "")
    if declared and not re.search(r"4326|4490|crs84|wgs ?84", declared, re.IGNORECASE):
        raise DatumError(
            "a projected graph", where=where, expected="degrees of WGS-84 (epsg:4326)", found=declared[:60],
            remedy="save the graph before it is projected",
        )  # fmt: skip
    places = {
        node.get("id", ""): _place(_values(node, names), node.get("id", ""), where)
        for node in graph.iter(f"{_SPACE}node")
    }
    directed = graph.get("edgedefault", "directed") == "directed"
    edges: dict[tuple[bytes, str], tuple[dict[str, Any], Numbers, str]] = {}
    for n, edge in enumerate(graph.iter(f"{_SPACE}edge"), 1):
        at = f"{where}, edge {n}"
        values = _values(edge, names)
        points = _line(values, edge, places, at)
        tag = values.get("highway", "")
        back = (points[::-1].tobytes(), tag)
        if not directed:
            edges[points.tobytes(), f"{tag} {n}"] = values, points, at
        elif back in edges:
            edges[back][0]["oneway"] = "no"
        else:
            edges[points.tobytes(), tag] = {**values, "oneway": "yes"}, points, at
    import shapely

    for values, points, at in edges.values():
        yield values, shapely.LineString(points) if len(points) > 1 else None, at


def _parsed(text: str, where: str) -> ElementTree.Element:
    # the text is decoded already, so that no declared encoding can hide the word
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise _wrong("a document type in the file", where, "elements alone", "<!DOCTYPE or <!ENTITY")
    try:
        root = ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))  # noqa: S314  no entities: see above
    except ElementTree.ParseError as error:
        raise _wrong("not XML", where, "GraphML", str(error)) from error
    if root.tag != f"{_SPACE}graphml":
        raise _wrong("not GraphML", where, "<graphml>", f"<{root.tag}>"[:60])
    return root


def _wrong(what: str, where: str, expected: str, found: str) -> DataError:
    return DataError(
        what, where=where, expected=expected, found=found, remedy="save the graph as GraphML again"
    )


def _values(element: ElementTree.Element, names: dict[str, str]) -> dict[str, str]:
    return {
        names.get(data.get("key", ""), data.get("key", "")): (data.text or "").strip()
        for data in element.findall(f"{_SPACE}data")
    }


def _place(values: dict[str, str], name: str, where: str) -> tuple[float, float]:
    try:
        return float(values["x"]), float(values["y"])
    except (KeyError, ValueError) as error:
        raise _wrong(
            "a node without its place", f"{where}, node {name}", "x and y in degrees", str(error)
        ) from error


def _line(
    values: dict[str, str], edge: ElementTree.Element, places: dict[str, tuple[float, float]], where: str
) -> Numbers:
    import shapely

    ends = edge.get("source", ""), edge.get("target", "")
    for end in ends:
        if end not in places:
            raise _wrong("an edge to a node that is not there", where, "the id of a node", repr(end))
    if not values.get("geometry"):
        return np.array([places[end] for end in ends])
    try:
        return np.asarray(shapely.get_coordinates(shapely.from_wkt(values["geometry"])), np.float64)
    except shapely.errors.ShapelyError as error:
        raise _wrong(
            "a line that cannot be read", where, "LINESTRING (...)", values["geometry"][:60]
        ) from error
