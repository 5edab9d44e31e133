using System.Text;
using System.Text.RegularExpressions;
using Workers.Contracts;

namespace Workers.Server.Tests.Contract;

/// <summary>Makes requests from the operations that a document lists: now and then what is expected, mostly something else. One seed, one sequence.</summary>
/// <param name="operations">The operations.</param>
/// <param name="secret">Of the key <c>main</c>: most signed URLs are signed, whatever they ask for.</param>
/// <param name="seed">Another one makes other requests.</param>
internal sealed partial class HostileRequests(IReadOnlyList<Operation> operations, string secret, int seed)
{
    // Names that are there while the requests are made; see ContractTests.
    private static readonly Dictionary<string, string[]> Known = new()
    {
        ["engine"] = ["testcard"], ["name"] = ["testcard", "card", "image.png"], ["template"] = ["card", "card@1"], ["function"] = ["render", "inspect"],
        ["extension"] = ["png", "jpg", "json", "auto"], ["keyId"] = ["main"], ["version"] = ["1"],
        ["parameters"] = ["_", "seed=3", "seed=12", "seed=x", "seed=1,seed=2", "expires=1", "expires=99999999999,seed=2", "expires=-1", "width=100000", "seed=2,width=8", "=", ",", "seed"],
    };

    private static readonly string[] Texts =
    [
        "x", "-1", "0", "1", "2", "1e9", "99999999999999999999", "NaN", "true", "null", "*", "{}", "[]", "' or 1=1", "<script>", "../../etc/passwd", "a\nb", "ä", "😀",
        "a b", "a%b", "%2e%2e", "\\", "~", "@", "card@9", "@1", "a,b", "a;b=c", "a=b", "sha256:" + new string('a', 64), new string('a', 64), new string('x', 900),
        "testcard", "render", "succeeded", "models", "chair.txt", "input", "0.5", "2030-01-01T00:00:00Z", "1-1",
    ];

    private static readonly Dictionary<string, string[]> Values = new()
    {
        ["Accept"] = ["*/*", "application/json", "image/png", "text/html", "a", "image/*;q=x", "image/webp;q=0.5, image/png;q=0", "text/event-stream"],
        ["Prefer"] = ["wait=0", "wait=1", "respond-async", "wait=-1", "wait=x", "return=minimal", ",,,"],
        ["Idempotency-Key"] = ["a", "\"a\"", "a b", new string('x', 300)],
        ["If-None-Match"] = ["*", "\"a\"", "W/\"a\"", "a"],
        ["If-Match"] = ["*", "\"a\"", "W/\"a\"", "a"],
        ["Range"] = ["bytes=0-1", "bytes=5-1", "bytes=-1", "bytes=0-0,2-3", "x", "bytes=99999999-"],
        ["Cache-Control"] = ["no-cache", "no-store", "max-age=0", "max-age=x", "only-if-cached"],
        ["Content-Digest"] = ["sha-256=:AAAA:", "x"],
        ["traceparent"] = ["00-" + new string('a', 32) + "-" + new string('b', 16) + "-01", "x"],
        ["Last-Event-ID"] = ["1-1", "x"],
        ["Origin"] = ["http://evil.example", "null"],
        ["Host"] = ["evil.example"],
        ["Authorization"] = ["Bearer x", "Basic eA=="],
        ["Content-Encoding"] = ["gzip", "x"],
    };

    private readonly Random random = new(seed);
    private readonly HostileBodies bodies = new(new Random(seed));
    private readonly Dictionary<string, List<string>> learned = [];

    /// <summary>The next one.</summary>
    public HostileRequest Next()
    {
        var operation = Any(operations);
        var (type, body) = operation.Method is "GET" or "HEAD" ? (null, null) : bodies.For(operation.MediaTypes);
        return new HostileRequest(operation, Path(operation), Query(operation), [.. Headers(operation)], type, body);
    }

    /// <summary>A value that was answered: later requests may have it under that name in their path.</summary>
    public void Learn(string name, string value)
    {
        var values = learned.TryGetValue(name, out var before) ? before : learned[name] = [];
        if (values.Count < 50)
            values.Add(value);
    }

    private string Path(Operation operation)
    {
        // What would stop all others, or take away what they ask for, is asked of names that nobody has.
        var harmless = !Stops().IsMatch($"{operation.Method} {operation.Path}");
        var path = Placeholder().Replace(operation.Path, match => Escaped(Value(match.Groups[1].Value, harmless)));
        if (!path.StartsWith(SignedUrl.Prefix, StringComparison.Ordinal) || OneIn(4))
            return path;
        var signed = path[path.IndexOf('/', SignedUrl.Prefix.Length)..];
        return SignedUrl.Prefix + SignedUrl.Signature(Encoding.UTF8.GetBytes(secret), signed) + signed;
    }

    // As signed URLs write their parameters; elsewhere it is as good as any other way.
    private static string Escaped(string text) =>
        Uri.EscapeDataString(text).Replace("%3D", "=", StringComparison.Ordinal).Replace("%2C", ",", StringComparison.Ordinal).Replace("%40", "@", StringComparison.Ordinal);

    private string Value(string name, bool knownToo)
    {
        if (knownToo && !OneIn(4) && learned.TryGetValue(name, out var values))
            return Any(values);
        if (knownToo && !OneIn(4) && Known.TryGetValue(name, out var known))
            return Any(known);
        return knownToo ? Any(Texts) : Any(Texts) + "!";
    }

    private string Query(Operation operation)
    {
        var query = new StringBuilder();
        foreach (var name in operation.Queries.Where(_ => OneIn(4)).Concat(OneIn(20) ? [Any(Texts)] : []))
            query.Append(query.Length == 0 ? '?' : '&').Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(Any(Texts)));
        return query.ToString();
    }

    private IEnumerable<(string, string)> Headers(Operation operation)
    {
        foreach (var (name, values) in Values)
        {
            if (OneIn(operation.Headers.Contains(name) ? 4 : 25))
                yield return (name, Any(values));
        }
    }

    private bool OneIn(int many) => random.Next(many) == 0;

    private T Any<T>(IReadOnlyList<T> all) => all[random.Next(all.Count)];

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex("/(pause|drain|recycle)$|^DELETE /v1/templates/")]
    private static partial Regex Stops();
}
