"""Puts PNG pictures of one height side by side. Standard library only; Pillow would replace it."""

import pathlib
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {2: 3, 3: 1, 6: 4}  # colour type: bytes a pixel


def write(pictures: list[pathlib.Path], target: pathlib.Path, gap: int = 8) -> None:
    """Reads the pictures (8-bit RGB, RGBA or palette, not interlaced, equal heights) and writes them as one RGB picture."""
    decoded = [read(path) for path in pictures]
    height = decoded[0][1]
    if any(picture[1] != height for picture in decoded):
        raise ValueError("The pictures have different heights.")
    width = sum(picture[0] for picture in decoded) + gap * (len(decoded) - 1)
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        rows += (b"\xff\xff\xff" * gap).join(picture[2][y] for picture in decoded)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    target.write_bytes(SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows), 6)) + chunk(b"IEND", b""))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def read(path: pathlib.Path) -> tuple[int, int, list[bytes]]:
    """Width, height and rows of RGB."""
    data = path.read_bytes()
    if not data.startswith(SIGNATURE):
        raise ValueError(f"{path} is not a PNG.")
    place, packed, palette, width, height, channels = 8, b"", b"", 0, 0, 0
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place:place + 8])
        body = data[place + 8:place + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            if depth != 8 or colour not in CHANNELS or interlaced:
                raise ValueError(f"{path}: only 8-bit RGB, RGBA and palette without interlacing.")
            channels = CHANNELS[colour]
        elif kind == b"PLTE":
            palette = body
        elif kind == b"IDAT":
            packed += body
        place += 12 + length
    return width, height, [rgb(row, channels, palette) for row in unfilter(zlib.decompress(packed), width * channels, channels)]


def rgb(row: bytes, channels: int, palette: bytes) -> bytes:
    if channels == 3:
        return row
    if channels == 1:
        return b"".join(palette[3 * index:3 * index + 3] for index in row)
    return bytes(value for i, value in enumerate(row) if i % 4 != 3)


def unfilter(raw: bytes, stride: int, step: int) -> list[bytes]:
    """Undoes the row filters of PNG (RFC 2083, section 6)."""
    rows, above = [], bytes(stride)
    for start in range(0, len(raw), stride + 1):
        kind, row = raw[start], bytearray(raw[start + 1:start + 1 + stride])
        for i in range(stride):
            left = row[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            if kind == 1:
                row[i] = (row[i] + left) & 255
            elif kind == 2:
                row[i] = (row[i] + above[i]) & 255
            elif kind == 3:
                row[i] = (row[i] + (left + above[i]) // 2) & 255
            elif kind == 4:
                row[i] = (row[i] + paeth(left, above[i], corner)) & 255
        above = bytes(row)
        rows.append(above)
    return rows


def paeth(left: int, up: int, corner: int) -> int:
    estimate = left + up - corner
    by_left, by_up, by_corner = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
    if by_left <= by_up and by_left <= by_corner:
        return left
    return up if by_up <= by_corner else corner
