"""croissant.json: what an export is, for machines (MLCommons Croissant 1.0, JSON-LD).

Specification: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from synthlift.core.manifest import digest
from synthlift.core.schema import ImageSchema, Schema
from synthlift.formats.base import label_column

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
KINDS = {
    "numeric": "sc:Float",
    "integer": "sc:Integer",
    "boolean": "sc:Boolean",
    "datetime": "sc:DateTime",
}


def describe(
    schema: Schema,
    facts: dict[str, Any],
    distribution: Sequence[dict[str, Any]],
    record_sets: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """The whole document.

    facts: name, description and whatever else schema.org says of a dataset. record_sets: those of
    the samples; the classes get one of their own.
    """
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        **facts,
        "distribution": list(distribution),
        "recordSet": [_classes(schema), *record_sets],
    }


def _classes(schema: Schema) -> dict[str, Any]:
    fields = [
        {"@type": "cr:Field", "@id": f"classes/{name}", "name": name, "dataType": kind}
        for name, kind in (("label", "sc:Integer"), ("name", "sc:Text"))
    ]
    return {
        **record_set("classes", fields),
        "dataType": "sc:Enumeration",
        "key": {"@id": "classes/label"},
        "data": [
            {"classes/label": i, "classes/name": name} for i, name in enumerate(schema.classes)
        ],
    }


def record_set(name: str, fields: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A set of records; the ids of its fields are `name/field`."""
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": list(fields)}


def field(
    records: str, name: str, kind: str, where: dict[str, Any], extract: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """A field of the set `records`; where: the file, or set of files, that it is read from."""
    return {
        "@type": "cr:Field",
        "@id": f"{records}/{name}",
        "name": name,
        "dataType": kind,
        "source": {**where, "extract": extract, **more},
    }


def file_object(path: Path, media_type: str) -> dict[str, Any]:
    """A file of the export with its size and sha256."""
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "contentUrl": path.name,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": media_type,
        "sha256": digest(path),
    }


def column_fields(
    file: str, schema: Schema, heading: Callable[[str], Any] = str
) -> list[dict[str, Any]]:
    """The fields of a file with columns: all of a table, of images the label and not each pixel.

    Labels of images are numbers, those of tables are names. heading: how the file writes the name
    of a column.
    """
    where = {"fileObject": {"@id": file}}
    if isinstance(schema, ImageSchema):
        by_label = {"references": {"field": {"@id": "classes/label"}}}
        return [field("samples", "label", "sc:Integer", where, {"column": "label"}) | by_label]
    columns = [(c.name, KINDS.get(c.kind, "sc:Text")) for c in schema.columns]
    columns.append((label_column(schema), "sc:Text"))
    return [
        field("samples", name, kind, where, {"column": heading(name)}) for name, kind in columns
    ]
