"""Mesh builders of the product sample: bars of wood, cushions, piping, buttons and plates. Lengths are metres."""
import math

import bmesh
import bpy
from mathutils import Matrix, Vector


def object_from(name, mesh_builder, material, collection, location=(0, 0, 0), tilt=0.0):
    mesh = bpy.data.meshes.new(name)
    bm = bmesh.new()
    uv = bm.loops.layers.uv.new("UVMap")
    mesh_builder(bm, uv)
    for face in bm.faces:
        face.smooth = True
    bm.normal_update()
    bm.to_mesh(mesh)
    bm.free()
    mesh.materials.append(material)
    thing = bpy.data.objects.new(name, mesh)
    thing.location = location
    thing.rotation_euler = (tilt, 0, 0)
    collection.objects.link(thing)
    return thing


def spline(points, steps):
    """Catmull-Rom through rows of numbers: `steps` pieces between two neighbours."""
    def beyond(end, inner):
        return [2 * a - b for a, b in zip(end, inner)]

    rows = [beyond(points[0], points[1]), *points, beyond(points[-1], points[-2])]
    out = []
    for i in range(1, len(rows) - 2):
        for t in (step / steps for step in range(steps)):
            out.append([0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t
                               + (3 * b - a - 3 * c + d) * t ** 3)
                        for a, b, c, d in zip(*rows[i - 1:i + 3])])
    return out + [list(points[-1])]


def bar(points, side, squareness=3.2, steps=10, around=28, mirror=False):
    """Builder of a wooden bar. Each point: x, y, z, half width along `side`, half thickness across it.

    The section is a superellipse: 2 is an oval, 4 nearly a box. The grain runs along the bar.
    """
    def build(bm, uv):
        for sign in ((1, -1) if mirror else (1,)):
            rows = spline(points, steps)
            centres = [Vector((row[0] * sign, row[1], row[2])) for row in rows]
            offset = 0.37 * sign + float(abs(rows[0][1])) * 3
            rings, lengths, length = [], [], 0.0
            for i, row in enumerate(rows):
                ahead, behind = centres[min(i + 1, len(rows) - 1)], centres[max(i - 1, 0)]
                along = (ahead - behind).normalized()
                u = (Vector(side) - along * along.dot(Vector(side))).normalized()
                v = along.cross(u)
                ring = []
                for k in range(around):
                    angle = 2 * math.pi * k / around
                    c, s = math.cos(angle), math.sin(angle)
                    ring.append(bm.verts.new(
                        centres[i] + u * math.copysign(abs(c) ** (2 / squareness), c) * row[3]
                        + v * math.copysign(abs(s) ** (2 / squareness), s) * row[4]))
                length += (centres[i] - centres[max(i - 1, 0)]).length
                rings.append(ring)
                lengths.append(length)
            for i in range(len(rings) - 1):
                for k in range(around):
                    n = (k + 1) % around
                    face = bm.faces.new((rings[i][k], rings[i][n], rings[i + 1][n], rings[i + 1][k]))
                    corners = ((k, i), (k + 1, i), (k + 1, i + 1), (k, i + 1))
                    for loop, (a, b) in zip(face.loops, corners):
                        loop[uv].uv = (a / around * 0.6 + offset, lengths[b] / 0.45 + offset)
            for ring in (rings[0][::-1], rings[-1]):
                bm.faces.new(ring)
    return build


def cushion(size, radius, puff, cuts=34, dimples=(), weave_metres=0.17):
    """Builder of an upholstered box: rounded edges, puffed faces, dimples (x, z) where buttons sit."""
    half = Vector(size) / 2

    def build(bm, uv):
        bmesh.ops.create_cube(bm, size=2.0)
        bmesh.ops.subdivide_edges(bm, edges=bm.edges[:], cuts=cuts, use_grid_fill=True)
        for face in bm.faces:
            normal = face.calc_center_median()
            axis = max(range(3), key=lambda i: abs(normal[i]))
            first, second = [i for i in range(3) if i != axis]
            for loop in face.loops:
                co = loop.vert.co
                loop[uv].uv = (co[first] * half[first] / weave_metres + axis * 0.31,
                               co[second] * half[second] / weave_metres + axis * 0.17)
        for vert in bm.verts:
            vert.co = place(vert.co)

    def place(unit):
        # Spread the grid towards the edges, where the rounding needs it.
        co = Vector([math.sin(u * math.pi / 2) * 0.35 + u * 0.65 for u in unit])
        box = Vector([co[i] * half[i] for i in range(3)])
        core = Vector([max(-(half[i] - radius), min(half[i] - radius, box[i])) for i in range(3)])
        out = box - core
        rounded = core + (out.normalized() * radius if out.length > 1e-9 else out)
        bulge = Vector((0, 0, 0))
        for axis in range(3):
            others = [co[i] for i in range(3) if i != axis]
            bulge[axis] = co[axis] * puff[axis] * (1 - others[0] ** 2) * (1 - others[1] ** 2)
        rounded += bulge
        for x, z in dimples:
            near = math.exp(-((rounded.x - x) ** 2 + (rounded.z - z) ** 2) / 0.0024)
            sharp = math.exp(-((rounded.x - x) ** 2 + (rounded.z - z) ** 2) / 0.0003)
            if co.y < 0:
                rounded.y += 0.020 * near + 0.010 * sharp
        return rounded

    return build


def piping(size, radius, puff, height, thickness=0.0055, around=8, corner=10):
    """Builder of the piped seam around a cushion, at `height` over its middle."""
    def build(bm, uv):
        hx, hy = size[0] / 2, size[1] / 2
        path = []
        for quarter in range(4):
            cx = (hx - radius) * (1, -1, -1, 1)[quarter]
            cy = (hy - radius) * (1, 1, -1, -1)[quarter]
            for step in range(corner):
                angle = math.pi / 2 * (quarter + step / (corner - 1))
                path.append((cx + radius * math.cos(angle), cy + radius * math.sin(angle)))
        dense = []
        for (ax, ay), (bx, by) in zip(path, path[1:] + path[:1]):
            pieces = max(1, int(math.hypot(bx - ax, by - ay) / 0.02))
            dense += [(ax + (bx - ax) * i / pieces, ay + (by - ay) * i / pieces) for i in range(pieces)]
        rings = []
        for i, (x, y) in enumerate(dense):
            nx, ny = dense[(i + 1) % len(dense)]
            px, py = dense[i - 1]
            out = Vector((ny - py, px - nx, 0)).normalized()
            swell = puff[0] * (1 - (y / hy) ** 2) * abs(x / hx) + puff[1] * (1 - (x / hx) ** 2) * abs(y / hy)
            centre = Vector((x, y, height)) + out * (swell * (1 - (2 * height / size[2]) ** 2) - 0.001)
            rings.append([bm.verts.new(centre + out * thickness * math.cos(a) + Vector((0, 0, thickness * math.sin(a))))
                          for a in (2 * math.pi * k / around for k in range(around))])
        for i, ring in enumerate(rings):
            after = rings[(i + 1) % len(rings)]
            for k in range(around):
                n = (k + 1) % around
                face = bm.faces.new((ring[k], ring[n], after[n], after[k]))
                for loop, (a, b) in zip(face.loops, ((k, i), (k + 1, i), (k + 1, i + 1), (k, i + 1))):
                    loop[uv].uv = (b * 0.12, a / around * 0.2)
    return build


def ball(radius, flat):
    def build(bm, uv):
        bmesh.ops.create_uvsphere(bm, u_segments=20, v_segments=12, radius=radius, matrix=Matrix.Diagonal((1, flat, 1, 1)))
    return build


def plate(size, bevel):
    def build(bm, uv):
        bmesh.ops.create_cube(bm, size=1.0, matrix=Matrix.Diagonal((*size, 1)))
        bmesh.ops.bevel(bm, geom=bm.edges[:], offset=bevel, segments=3, affect="EDGES", profile=0.5)
    return build
