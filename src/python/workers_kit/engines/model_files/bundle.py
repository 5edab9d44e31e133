"""A call's main file with what belongs to it, laid out beside each other in a folder of their own.

Whatever a file names — a texture, a buffer, a library — is looked for here and nowhere else: `take` answers a file of this call, or
none. A name that leads elsewhere (absolute, or with ..) is never opened; its last part may still be the name of a companion.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Mapping, Optional

from ... import Asset, InvalidInput
from . import kinds, names
from .surroundings import Surroundings
from .unzip import unpack

MOST_COMPANIONS = 1000
_ROOT = "root:"
_TILE, _FIRST_TILE = "<UDIM>", "1001"
_LISTED = 10


class Bundle:
    """`main` is the file to open, `kind` one of `kinds`, `name` what clients call it. `folder` is removed by `remove`.

    `missing` collects the names that nothing was found for, as far as clients may see them. `around` is what the file depends on in its root.
    """

    def __init__(
        self, folder: Path, main: Path, kind: str, name: str, root: Optional[Path] = None, beside: Optional[Path] = None
    ) -> None:
        self.folder = folder
        self.main = main
        self.kind = kind
        self.name = name
        self.missing: List[str] = []
        self.around = Surroundings()
        self._root = root  # Of a `root:` file without companions: what lies around it there counts as sent along.
        self._beside = beside or folder
        self._base = self.folder_of(main.name) if main.is_relative_to(folder) else ""
        self._known: Optional[Dict[str, List[str]]] = None

    def take(self, reference: str, base: Optional[str] = None) -> Optional[str]:
        """The companion that a name in a file stands for: its path relative to the main file's folder. None when there is none.

        `base` is the folder, inside the bundle, of the file that names it; the main file's if left out.
        """
        base = self._base if base is None else base
        found = None
        if not names.is_too_long(reference):
            found = self._in_root(reference) if self._root is not None else self._laid_out(reference, base)
        if found is None:
            name = self.shown(reference, base)
            if name and name not in self.missing:
                self.missing.append(name)
            return None
        return os.path.relpath(found, self._base or ".").replace(os.sep, "/")

    def shown(self, reference: str, base: Optional[str] = None) -> str:
        """A name in a file, fit for a client's eyes: whole where it leads into the bundle, else its last part."""
        inside = names.within(self._base if base is None else base, reference)
        return names.printable(inside) if inside is not None else names.shown(reference)

    def path(self, taken: str) -> Path:
        """The absolute path of what `take` answered."""
        return Path(os.path.normpath(self.main.parent / taken)) if not self._is_in_place else self.folder / taken

    def folder_of(self, taken: str) -> str:
        """The folder, inside the bundle, of what `take` answered."""
        folder = os.path.relpath(self.path(taken).parent, self.folder)
        return "" if folder == "." else folder.replace(os.sep, "/")

    def relative(self, taken: str, other: str) -> str:
        """The way from one taken file's folder to another taken file."""
        return os.path.relpath(self.path(taken), self.path(other).parent).replace(os.sep, "/")

    def owns(self, path: str) -> bool:
        """Whether an absolute path is that of a file of this call, wherever links on the way lead."""
        if self._is_in_place:
            return self._root is not None and _inside(self._root, Path(path)) is not None
        inside = os.path.relpath(os.path.normpath(path), self.folder).replace(os.sep, "/")
        return names.within("", inside) is not None and os.path.isfile(path.replace(_TILE, _FIRST_TILE))

    def replace_main(self, content: Iterable[bytes]) -> None:
        """Put other bytes in the main file's place: what a client sent stays as it is."""
        _replace(self.main, content)

    def replace(self, taken: str, content: bytes) -> None:
        """Put other bytes in a companion's place."""
        _replace(self.path(taken), [content])

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def is_in_root(self) -> bool:
        """Whether what lies around the file in a configured root belongs to it; else all of it came with the call, by content."""
        return self._root is not None

    @property
    def _is_in_place(self) -> bool:
        return not self.main.is_relative_to(self.folder)

    def _laid_out(self, reference: str, base: str) -> Optional[str]:
        inside = names.within(base, reference)
        if inside is not None and (self.folder / inside.replace(_TILE, _FIRST_TILE)).is_file():
            return inside
        wanted = [part.casefold() for part in names.parts_of(reference)]
        same_name = self._files().get(wanted[-1], []) if wanted else []
        ranked = sorted(same_name, key=lambda known: -_common_end(wanted, known))
        if len(ranked) > 1 and _common_end(wanted, ranked[0]) == _common_end(wanted, ranked[1]):
            return None  # Which of them is meant cannot be told.
        return ranked[0] if ranked else None

    def _files(self) -> Dict[str, List[str]]:
        """Every file of the bundle by its name without case."""
        if self._known is None:
            self._known = {}
            for path in sorted(self.folder.rglob("*")):
                if path.is_file():
                    self._known.setdefault(path.name.casefold(), []).append(path.relative_to(self.folder).as_posix())
        return self._known

    def _in_root(self, reference: str) -> Optional[str]:
        """A file beneath the configured root, made visible in the bundle by a link of ours."""
        assert self._root is not None
        parts = names.parts_of(reference)
        if names.is_absolute(reference) or not parts:
            return None
        if _TILE in parts[-1]:
            self.around.unsteady = "tiles of a picture"
        named = self._beside.joinpath(*parts)
        tiles = [named.with_name(named.name.replace(_TILE, str(tile))) for tile in range(1001, 1100)] if _TILE in named.name else [named]
        inside = [part for part in parts if part != ".."]
        for tile in tiles:
            real = _inside(self._root, tile)
            if real is not None:
                self.around.reads(real)
                _link(real, self.folder.joinpath(*inside[:-1], tile.name))
            elif tile is tiles[0]:
                self.around.misses(tile)
                return None
        return "/".join(inside)


def lay_out(
    asset: Asset, files: Optional[Mapping[str, Asset]], entry: Optional[str], check: Callable[[], None]
) -> Bundle:
    """The bundle of a call. Raises InvalidInput; then nothing is left behind."""
    folder = Path(tempfile.mkdtemp(prefix="workers-file-"))
    try:
        name = names.safe_label(asset.name or asset.path.name, "file")
        kind = _kind(asset.path, name, "/file")
        if kind == "zip":
            if files:
                raise InvalidInput("The companions of a .zip are inside it; leave `files` out.", "/files")
            main = folder / _entry(unpack(asset.path, folder, check), entry)
            return Bundle(folder, main, _kind(main, main.name, "/entry"), main.name)
        if entry is not None:
            raise InvalidInput(f"{name} is no .zip, so that it has no entries; leave `entry` out.", "/entry")
        return _beside(asset, files or {}, folder, name, kind)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _beside(asset: Asset, files: Mapping[str, Asset], folder: Path, name: str, kind: str) -> Bundle:
    root = _root_of(asset) if not files else None
    if root is not None and kind == "blend":
        # Opened where it is: a .blend may need whatever lies around it.
        return Bundle(folder, asset.path, kind, name, root, asset.path.parent)
    main = folder / names.with_extension(name, kind)
    _link(asset.path, main)
    if len(files) > MOST_COMPANIONS:
        raise InvalidInput(f"{len(files)} companions are more than {MOST_COMPANIONS}; send a .zip.", "/files")
    for wanted, companion in files.items():
        pointer = "/files/" + wanted.replace("~", "~0").replace("/", "~1")
        try:
            _link(companion.path, folder / names.plain(wanted))
        except ValueError as error:
            raise InvalidInput(f"The companion {wanted[:100]!r}: {error}.", pointer) from None
        except (FileExistsError, NotADirectoryError):
            raise InvalidInput(f"The companion {wanted[:100]!r} has the name of another file.", pointer) from None
    return Bundle(folder, main, kind, name, root, asset.path.parent)


def _kind(path: Path, name: str, pointer: str) -> str:
    try:
        kind = kinds.kind_of(path, name)
    except OSError as error:
        raise InvalidInput(f"{name} cannot be opened: {error.strerror}.", pointer) from None
    if kind is None:
        size = path.stat().st_size
        known = ", ".join((*kinds.SCENES, *kinds.PICTURES, "zip"))
        reason = "it is empty" if size == 0 else f"by its content and its name it is none of {known}"
        raise InvalidInput(f"{name} cannot be opened: {reason}.", pointer)
    return kind


def _entry(files: List[str], wanted: Optional[str]) -> str:
    """The main file of an unpacked archive: the one that is named, or the only scene in it."""
    if wanted is not None:
        try:
            name = names.plain(wanted)
        except ValueError as error:
            raise InvalidInput(f"The entry {wanted[:100]!r}: {error}.", "/entry") from None
        if name not in files:
            raise InvalidInput(f"The .zip has no {name!r}. It has: {_list(files)}.", "/entry")
        return name
    scenes = [name for name in files if kinds.extension(name) in kinds.SCENES]
    if len(scenes) != 1:
        found = f"has {_list(scenes)}; name the one to open" if scenes else f"has no scene known by its name (only {_list(files)}); name one"
        raise InvalidInput(f"The .zip {found} by `entry`.", "/entry")
    return scenes[0]


def _list(files: List[str]) -> str:
    more = f" and {len(files) - _LISTED} more" if len(files) > _LISTED else ""
    return (", ".join(sorted(files)[:_LISTED]) or "nothing") + more


def _root_of(asset: Asset) -> Optional[Path]:
    """The folder of a configured root that an asset `root:NAME/path` lies in, at least as far as this very file tells."""
    if not asset.ref.startswith(_ROOT):
        return None
    below = asset.ref.split("/", 1)[-1].split("/")
    real = asset.path.parts
    return Path(*real[:-len(below)]) if list(real[-len(below):]) == below else asset.path.parent


def _inside(root: Path, path: Path) -> Optional[Path]:
    """The real path of a regular file inside the folder, or None."""
    real = Path(os.path.realpath(path))
    return real if real.is_relative_to(os.path.realpath(root)) and real.is_file() else None


def _common_end(wanted: List[str], known: str) -> int:
    count = 0
    for one, other in zip(reversed(wanted), reversed(known.casefold().split("/"))):
        if one != other:
            break
        count += 1
    return count


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.symlink(source, target)
    except FileExistsError:
        if not os.path.samefile(source, target):
            raise
    except (OSError, NotImplementedError) as error:
        if isinstance(error, (NotADirectoryError, FileNotFoundError)):
            raise
        shutil.copyfile(source, target)  # Windows lets few users make links.


def _replace(path: Path, content: Iterable[bytes]) -> None:
    written = path.with_name(path.name + ".new")
    with open(written, "xb") as target:
        for block in content:
            target.write(block)
    os.replace(written, path)  # Where a link was, is the file now; what the link led to is untouched.
