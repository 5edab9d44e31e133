"""What a .dae refers to, settled before an importer reads it: pictures, and other documents, which are never followed."""

from __future__ import annotations

import io
import re
from urllib.parse import quote, unquote
from xml.etree import ElementTree

from ... import InvalidInput
from .bundle import Bundle
from .names import shown

_URIS = {"url": None, "source": None, "href": None, "target": "instance_material"}  # A channel's target is a path of another kind.
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ENCODING = re.compile(rb"<\?xml[^>]*encoding=[\"']([^\"']*)")
_ENCODINGS = frozenset({"", "utf-8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"})
_FILE = re.compile(r"^file:(//(localhost)?(?=/))?", re.IGNORECASE)


class _Builder(ElementTree.TreeBuilder):
    def doctype(self, name: str, public: str, system: str) -> None:
        raise ValueError("it has a document type, which may name other files; take it out")


def settle(bundle: Bundle) -> None:
    """Point every picture at a companion, and every reference into this very document. Raises InvalidInput for what is no XML."""
    with open(bundle.main, "rb") as file:
        head = file.read(1024).removeprefix(b"\xef\xbb\xbf")
    encoding = _ENCODING.match(head.lstrip())
    if not head.lstrip().startswith(b"<") or (encoding[1].decode("latin-1").lower() if encoding else "") not in _ENCODINGS:
        raise _broken(bundle, "it is no XML in UTF-8")
    try:
        tree = ElementTree.parse(bundle.main, ElementTree.XMLParser(target=_Builder()))
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise _broken(bundle, str(error)) from None
    changed = [_settle_references(element) for element in tree.iter()]
    changed += [_settle_picture(bundle, part) for image in tree.iter() if _kind(image) == "image" for part in image.iter()]
    if any(changed):
        namespace = re.match(r"\{(.*)\}", tree.getroot().tag)
        if namespace is not None:
            ElementTree.register_namespace("", namespace[1])
        written = io.BytesIO()
        tree.write(written, encoding="utf-8", xml_declaration=True)
        bundle.replace_main([written.getvalue()])


def _kind(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def _settle_references(element: ElementTree.Element) -> bool:
    """Keep references inside the document. True when one led out."""
    changed = element.attrib.pop(_BASE, None) is not None
    for name, only in _URIS.items():
        value = element.attrib.get(name, "#")
        if not value.startswith("#") and only in (None, _kind(element)):
            element.attrib[name], changed = "#" + value.rsplit("#", 1)[-1], True
    return changed


def _settle_picture(bundle: Bundle, element: ElementTree.Element) -> bool:
    """Name a companion instead of what an element of an image names. True when that is something else."""
    text = "".join(element.itertext()).strip()
    if _kind(element) not in ("init_from", "ref") or not text:
        return False
    wanted = unquote(_FILE.sub("", text))
    new = quote(bundle.take(wanted) or shown(wanted) or "missing")
    if new == text and len(element) == 0:
        return False
    element.text = new
    element[:] = []  # Text behind a child would count as well.
    return True


def _broken(bundle: Bundle, reason: str) -> InvalidInput:
    return InvalidInput(f"{bundle.name} cannot be opened: {reason}.", "/file")
