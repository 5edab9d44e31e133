"""What is sent to a worker in a purity run, and what is compared of its answer."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from files import Files

from pictures import Floats, read_exr

COMPLETE, CANCEL, DEADLINE = "complete", "cancel", "deadline"
CRASHED = "crashed"
_STEP = 2e-3
"""Two steps of a half float, relative to its value."""



@dataclass(frozen=True)
class Job:
    """One call. `file`, the values of `companions` and `images`, and `pictures` are names in `Files`.

    `ending` COMPLETE: its answer is compared with a fresh process's. CANCEL: it is canceled as soon as it tells of progress, or
    at once. DEADLINE: it has a tenth of a second. What those two answer depends on the clock, so only their traces count.
    """

    function: str
    file: Optional[str]
    input: Mapping[str, Any] = field(default_factory=dict)
    companions: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    pictures: Tuple[str, ...] = ()
    ending: str = COMPLETE
    at_once: bool = False

    @property
    def key(self) -> str:
        """The same for two jobs that must have the same answer."""
        return json.dumps([self.function, self.file, dict(self.input), dict(self.companions), dict(self.images), self.pictures], sort_keys=True)

    def __str__(self) -> str:
        parts = {"file": self.file, **self.input}
        if self.images:
            parts["images"] = dict(self.images)
        if self.pictures:
            parts["pictures"] = list(self.pictures)
        ending = "" if self.ending == COMPLETE else f"  ({self.ending}{' at once' if self.at_once else ''})"
        return f"{self.function} {json.dumps(parts, ensure_ascii=False)}{ending}"

    def params(self, files: Files) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        """The call's input and assets."""
        input, assets = dict(self.input), {}
        for name in filter(None, (self.file, *self.companions.values(), *self.images.values(), *self.pictures)):
            assets[f"sha256:{name}"] = files.asset(name)
        if self.file is not None:
            input["file"] = f"sha256:{self.file}"
        for member, names in (("files", self.companions), ("images", self.images)):
            if names:
                input[member] = {inside: f"sha256:{name}" for inside, name in names.items()}
        if self.pictures:
            input["pictures"] = [f"sha256:{name}" for name in self.pictures]
        return input, assets


@dataclass(frozen=True)
class Artifact:
    """A file that a call wrote. Pictures have no trace of time in them, so that equal pixels are equal bytes."""

    name: str
    data: bytes

    def equals(self, other: "Artifact") -> bool:
        """Byte for byte, but for what Blender does not repeat itself.

        It sums up normals in the order in which its threads come along, so that the last bits of a float differ from process to
        process: an .exr may differ by a few millionths of a value, a .glb is compared by its structure and length. In eight bits
        nothing of it is left.
        """
        if self.data == other.data or self.name != other.name:
            return self.name == other.name
        if self.name.endswith(".exr"):
            return close(read_exr(self.data), read_exr(other.data))
        return self.name.endswith(".glb") and _structure(self.data) == _structure(other.data)


def close(one: Floats, other: Floats) -> bool:
    """Whether two pictures of floats are the same but for the last bits."""
    same_shape = one[:2] == other[:2] and one.channels.keys() == other.channels.keys()
    return same_shape and all(
        math.isclose(a, b, rel_tol=_STEP, abs_tol=_STEP / 100) for name, values in one.channels.items() for a, b in zip(values, other.channels[name]))


def _structure(data: bytes) -> Tuple[int, bytes]:
    return len(data), data[:20 + int.from_bytes(data[12:16], "little")]


@dataclass(frozen=True)
class Answer:
    """What a call answered, without what may differ: times, and what was warm."""

    kind: str
    artifacts: Tuple[Artifact, ...] = ()
    output: str = ""
    warnings: Tuple[str, ...] = ()
    message: str = ""

    @staticmethod
    def of(reply: Mapping[str, Any], read: "Callable[[str], bytes]") -> "Answer":
        """`read` gives an artifact's bytes by its path."""
        if "error" in reply:
            data = reply["error"].get("data", {})
            return Answer(data.get("kind", "fault"), message=f"{data.get('pointer', '')} {reply['error']['message']}")
        result = reply["result"]
        artifacts = tuple(Artifact(entry["name"], read(entry["path"])) for entry in result["artifacts"])
        return Answer("result", artifacts, json.dumps(result["output"], sort_keys=True),
                      tuple(sorted(f"{entry['code']}: {entry['detail']}" for entry in result["warnings"])))

    def differences(self, other: "Answer") -> List[str]:
        """What of this answer is not as in the other, in words."""
        if self.kind != other.kind:
            return [f"it ended with {self.kind} {self.message!r} instead of {other.kind} {other.message!r}"]
        if self.kind == CRASHED:
            return []
        found = [f"{one.name} is another picture" for one, two in zip(self.artifacts, other.artifacts) if not one.equals(two)]
        if [one.name for one in self.artifacts] != [two.name for two in other.artifacts]:
            found.append("other artifacts")
        for what in ("output", "warnings", "message"):
            if getattr(self, what) != getattr(other, what):
                found.append(f"{what}: {getattr(self, what)} instead of {getattr(other, what)}")
        return found
