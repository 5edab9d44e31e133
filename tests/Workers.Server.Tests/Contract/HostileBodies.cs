using System.Text;
using Workers.Testing;

namespace Workers.Server.Tests.Contract;

/// <summary>Makes bodies: what is expected with something changed, cut off, or under another type.</summary>
internal sealed class HostileBodies(Random random)
{
    private static readonly string[] Expected =
    [
        """{"engine":"testcard","function":"render","input":{"width":8,"height":8}}""",
        """{"engine":"testcard","function":"render","runAfter":"2099-01-01T00:00:00Z","tags":["a"],"priority":3,"metadata":{"a":"b"},"timeoutSeconds":5}""",
        """{"width":8,"height":8,"seed":3}""",
        """{"engine":"testcard","function":"render","input":{"width":8},"parameters":{"seed":{"type":"integer","default":1,"minimum":0,"maximum":9,"drives":"/seed"}}}""",
        """{"parameters":{"seed":[1,2,3]}}""", """{"seed":2}""", """{"priority":9,"tags":["b"]}""", """{"assets":["sha256:00"]}""",
        """{"files":["sha256:00",{"file":"root:models/chair.txt"}],"options":{"width":8}}""",
    ];

    private static readonly string[] Names =
    [
        "engine", "function", "input", "priority", "timeoutSeconds", "maxAttempts", "runAfter", "queueTimeoutSeconds", "ttlSeconds", "tags", "metadata", "requires",
        "ordering", "supersedes", "file", "files", "options", "parameters", "drives", "type", "default", "enum", "minimum", "maximum", "warm", "assets", "width", "height",
        "seed", "text", "format", "", "\0", "a.b", "$ref", "__proto__", "name", "version",
    ];

    private static readonly string[] Values =
    [
        "0", "1", "-1", "8", "2147483648", "9223372036854775808", "-99999999999999999999", "1e308", "1e999", "0.1", "true", "false", "null", "[]", "{}", "\"\"",
        "\"testcard\"", "\"\\u0000\"", "\"\\ud83d\"", "\"2099-01-01T00:00:00Z\"", "\"../etc/passwd\"", "\"https://127.0.0.1/x\"", "\"file:///etc/passwd\"",
        "\"root:models/../x\"", "\"root:models/chair.txt\"", "\"root:others/a\"", "\"sha256:00\"", "\"#ff0000\"",
    ];

    private static readonly string[] Types =
    [
        "application/json", "application/x-ndjson", "multipart/form-data; boundary=x", "application/octet-stream", "text/plain", "application/x-www-form-urlencoded",
        "application/json; charset=utf-16", "application/merge-patch+json", "image/png", "a/b;c",
    ];

    private static readonly string[] Contents = ["", "1", "\u0089PNG\r\n\u001a\n", "BLENDER-v304", "PK\u0003\u0004", "{\"a\":1}", "glTF\0\0\0\0", new('x', 2000)];

    private readonly HostileJson json = new(random, Values, Names);

    /// <summary>A body for an operation that takes these types, and its type; (null, null) for none.</summary>
    public (string? Type, byte[]? Body) For(IReadOnlyList<string> types)
    {
        if (types.Count == 0 && !OneIn(10))
            return (null, null);
        var type = types.Count == 0 || OneIn(8) ? Any(Types) : Any(types);
        type = type == "multipart/form-data" ? "multipart/form-data; boundary=x" : type;
        var body = type switch
        {
            "application/x-ndjson" => Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, random.Next(5)).Select(_ => Changed()))),
            "multipart/form-data; boundary=x" => Encoding.Latin1.GetBytes(Form()),
            "application/octet-stream" or "image/png" => Encoding.Latin1.GetBytes(Any(Contents)),
            _ => Encoding.UTF8.GetBytes(Changed()),
        };
        return (type, OneIn(12) ? body[..random.Next(body.Length + 1)] : body);
    }

    private string Changed() => json.Changed(Any(Expected));

    private string Form()
    {
        var form = new StringBuilder();
        for (var parts = random.Next(4); parts > 0; parts--)
        {
            var file = OneIn(2) ? $"; filename=\"{Any(["a.png", "../../a", "a\\u0000"])}\"" : "";
            form.Append($"--x\r\nContent-Disposition: form-data; name=\"{Any(Names)}\"{file}\r\n\r\n{Any(Contents)}\r\n");
        }

        return form.Append(OneIn(5) ? "--x" : "--x--\r\n").ToString();
    }

    private bool OneIn(int many) => random.Next(many) == 0;

    private T Any<T>(IReadOnlyList<T> all) => all[random.Next(all.Count)];
}
