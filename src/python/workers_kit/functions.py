"""The `@function` decorator and the registry of what this worker can be asked to do."""

from __future__ import annotations

import inspect
import typing
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from .schema import MISSING, Assets, Member, Shape, UnsupportedHint, member_of, object_shape, wire_name


@dataclass(frozen=True)
class Function:
    """One function as it is announced in `hello` and run by `call`."""

    name: str
    description: str
    body: Callable[..., Any]
    shape: Shape
    file_types: Tuple[str, ...]
    picture: bool
    cacheable: bool
    is_async: bool

    def describe(self) -> Dict[str, Any]:
        """The entry of `hello`'s `functions`."""
        return {
            "name": self.name,
            "description": self.description,
            "input": self.shape.schema,
            "fileTypes": list(self.file_types),
            "picture": self.picture,
            "cacheable": self.cacheable,
            "async": self.is_async,
        }

    def bind(self, input: Any, assets: Assets) -> Dict[str, Any]:
        """The keyword arguments for `body`: defaults applied, assets and dataclasses built. Raises InvalidInput."""
        arguments: Dict[str, Any] = self.shape.convert({} if input is None else input, "", assets)
        return arguments


class Registry:
    """The functions by name, in the order of their declaration."""

    def __init__(self) -> None:
        self._functions: Dict[str, Function] = {}

    def add(self, function: Function) -> None:
        """Raises ValueError when the name is taken."""
        if function.name in self._functions:
            raise ValueError(f"there is already a function {function.name!r}; give this one another name")
        self._functions[function.name] = function

    def get(self, name: Any) -> Optional[Function]:
        return self._functions.get(name) if isinstance(name, str) else None

    def names(self) -> List[str]:
        return list(self._functions)

    def keep(self, names: Sequence[str]) -> None:
        """Forget every function but these: what a file declared before it failed goes away again."""
        self._functions = {name: self._functions[name] for name in names}

    def describe(self) -> List[Dict[str, Any]]:
        return [function.describe() for function in self._functions.values()]


registry = Registry()
"""The registry that `@function` fills: one a process, as a process hosts one engine."""


def function(
    body: Optional[Callable[..., Any]] = None,
    *,
    name: Optional[str] = None,
    picture: bool = False,
    cacheable: bool = False,
    file_types: Sequence[str] = (),
) -> Any:
    """Declare a function: `@function`, or `@function(picture=True, …)`. The Python function itself stays as it was.

    name        what clients call it; the Python name in camelCase if left out
    picture     the first artifact is a picture
    cacheable   the same input always gives the same result, so that a stored one may answer
    file_types  extensions (lower case, no dot) of the files the parameter `file` opens

    The type hints become the JSON Schema of the input, the docstring becomes the description. Raises UnsupportedHint
    or ValueError, with the function and the parameter named, when the declaration cannot be announced.
    """

    def declare(body: Callable[..., Any]) -> Callable[..., Any]:
        registry.add(_function_of(body, name, picture, cacheable, tuple(file_types)))
        return body

    return declare if body is None else declare(body)


def _function_of(
    body: Callable[..., Any], name: Optional[str], picture: bool, cacheable: bool, file_types: Tuple[str, ...]
) -> Function:
    where = f"function {body.__name__}, parameter "
    hints = typing.get_type_hints(body, include_extras=True)
    members = [_member(parameter, hints, where) for parameter in inspect.signature(body).parameters.values()]
    if file_types and not _takes_file(members):
        raise ValueError(f"function {body.__name__}: file_types needs a parameter `file` of type Asset or Optional[Asset]")
    return Function(
        name=name or wire_name(body.__name__),
        description=inspect.getdoc(body) or "",
        body=body,
        shape=object_shape(members, dict),
        file_types=file_types,
        picture=picture,
        cacheable=cacheable,
        is_async=inspect.iscoroutinefunction(body),
    )


def _member(parameter: inspect.Parameter, hints: Mapping[str, Any], where: str) -> Member:
    if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
        raise UnsupportedHint(f"{where}{parameter}: only named parameters can be filled from JSON")
    if parameter.name not in hints:
        raise UnsupportedHint(f"{where}{parameter.name}: it needs a type hint")
    default = MISSING if parameter.default is parameter.empty else parameter.default
    return member_of(parameter.name, hints[parameter.name], default, where)


def _takes_file(members: Sequence[Member]) -> bool:
    return any(member.wire == "file" and member.shape.schema.get("format") == "asset" for member in members)
