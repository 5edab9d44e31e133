namespace Workers.Api.Assets;

/// <summary>A kind of file.</summary>
/// <param name="Extension">Lower case, no dot.</param>
/// <param name="MediaType">Its type.</param>
internal sealed record FileKind(string Extension, string MediaType);

/// <summary>Recognises files by their first bytes, their name, and their media type.</summary>
internal static class FileKinds
{
    /// <summary>What is said of bytes nobody knows.</summary>
    public const string UnknownMediaType = "application/octet-stream";

    /// <summary>How many first bytes are looked at.</summary>
    public const int PrefixLength = 512;

    private static readonly FileKind Blend = new("blend", "application/x-blender");
    private static readonly FileKind Npy = new("npy", "application/x-npy");
    private static readonly FileKind Glb = new("glb", "model/gltf-binary");

    private static readonly FileKind[] Known =
    [
        Blend, Glb, new("gltf", "model/gltf+json"), new("obj", "model/obj"), new("stl", "model/stl"), new("ply", "model/ply"),
        new("fbx", "application/vnd.autodesk.fbx"), new("dae", "model/vnd.collada+xml"), new("x3d", "model/x3d+xml"), new("svg", "image/svg+xml"),
        new("usd", "model/vnd.usd"), new("usdz", "model/vnd.usdz+zip"), new("abc", "application/x-alembic"), new("png", "image/png"),
        new("jpg", "image/jpeg"), new("jpeg", "image/jpeg"), new("webp", "image/webp"), new("exr", "image/x-exr"), new("hdr", "image/vnd.radiance"),
        new("tif", "image/tiff"), new("tiff", "image/tiff"), new("gif", "image/gif"), new("zip", "application/zip"), new("csv", "text/csv"),
        new("json", "application/json"), new("txt", "text/plain"), new("py", "text/x-python"), Npy, new("pkl", "application/x-pickle"),
        new("vtk", "model/vtk"), new("mtl", "model/mtl"), new("mp4", "video/mp4"), new("pdf", "application/pdf"),
    ];

    private static readonly (byte[] Magic, int Offset, FileKind Kind)[] Magics =
    [
        ("BLENDER"u8.ToArray(), 0, Blend),
        ([0x28, 0xB5, 0x2F, 0xFD], 0, Blend), // zstd: what Blender ≥ 3.0 compresses with
        ([0x1F, 0x8B], 0, Blend), // gzip: what older ones did
        ("glTF"u8.ToArray(), 0, Glb),
        ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], 0, Npy),
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], 0, Of("png")),
        ([0xFF, 0xD8, 0xFF], 0, Of("jpg")),
        ("WEBP"u8.ToArray(), 8, Of("webp")),
        ([0x76, 0x2F, 0x31, 0x01], 0, Of("exr")),
        ("#?RADIANCE"u8.ToArray(), 0, Of("hdr")),
        ("#?RGBE"u8.ToArray(), 0, Of("hdr")),
        ("II*\0"u8.ToArray(), 0, Of("tif")),
        ("MM\0*"u8.ToArray(), 0, Of("tif")),
        ("GIF8"u8.ToArray(), 0, Of("gif")),
        ("PK\u0003\u0004"u8.ToArray(), 0, Of("zip")),
        ("Kaydara FBX Binary"u8.ToArray(), 0, Of("fbx")),
        ("ply\n"u8.ToArray(), 0, Of("ply")),
        ("ply\r"u8.ToArray(), 0, Of("ply")),
        ("solid "u8.ToArray(), 0, Of("stl")),
        ("Ogawa"u8.ToArray(), 0, Of("abc")),
        ("# vtk DataFile"u8.ToArray(), 0, Of("vtk")),
        ("%PDF-"u8.ToArray(), 0, Of("pdf")),
    ];

    /// <summary>The kind by its first bytes, or null.</summary>
    public static FileKind? Sniff(ReadOnlySpan<byte> prefix)
    {
        foreach (var (magic, offset, kind) in Magics)
        {
            if (prefix.Length >= offset + magic.Length && prefix[offset..].StartsWith(magic))
                return kind;
        }

        return IsText(prefix) ? SniffText(prefix.TrimStart("\uFEFF \t\r\n"u8)) : null;
    }

    // Formats that are text and whose first lines are like nothing that a form or a request would begin with.
    private static FileKind? SniffText(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("<"u8))
            return text.IndexOf("<COLLADA"u8) >= 0 ? Of("dae") : null;
        if (text.StartsWith("{"u8))
            return text.IndexOf("\"asset\""u8) >= 0 && text.IndexOf("\"version\""u8) >= 0 ? Of("gltf") : null;
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range].Trim(" \t\r"u8);
            if (line.StartsWith("mtllib "u8) || line.StartsWith("v "u8))
                return Of("obj");
            if (!line.IsEmpty && !line.StartsWith("#"u8) && !line.StartsWith("o "u8) && !line.StartsWith("g "u8))
                return null;
        }

        return null;
    }

    /// <summary>The kind of that extension, or null.</summary>
    public static FileKind? OfExtension(string? extension) => Known.FirstOrDefault(kind => kind.Extension == extension);

    /// <summary>The kind of that media type, or null.</summary>
    public static FileKind? OfMediaType(string? mediaType) => Known.FirstOrDefault(kind => kind.MediaType == mediaType);

    /// <summary>True when the bytes are text without control characters, as a typed form or JSON would be.</summary>
    public static bool IsText(ReadOnlySpan<byte> prefix) =>
        prefix.IndexOfAnyInRange((byte)0, (byte)8) < 0 && prefix.IndexOfAnyInRange((byte)14, (byte)31) < 0;

    /// <summary>True when the bytes begin as JSON does.</summary>
    public static bool LooksLikeJson(ReadOnlySpan<byte> prefix) => prefix.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];

    private static FileKind Of(string extension) => OfExtension(extension)!;
}
