using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Workers.Jobs.Redis;

/// <summary>
/// One Lua script, composed from its file under <c>Scripts/</c>, the key functions it uses, the transition rows it names (<c>-- @rows</c>) and
/// the shared parts it includes (<c>-- @include</c>). Keys and rows have one spelling, in C#; the scripts cannot drift from them.
/// </summary>
public sealed partial class LuaScript
{
    private static readonly ConcurrentDictionary<string, LuaScript> Loaded = new();

    private LuaScript(string name, string text)
    {
        Name = name;
        Text = text;
#pragma warning disable CA5350 // SHA-1 is how EVALSHA names a script; nothing secret hangs on it.
        Hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
    }

    /// <summary>File name without <c>.lua</c>.</summary>
    public string Name { get; }

    /// <summary>The composed text that Redis gets.</summary>
    public string Text { get; }

    /// <summary>SHA-1 of <see cref="Text"/>, 20 bytes: how EVALSHA names it.</summary>
    public byte[] Hash { get; }

    /// <summary>The script of that name; composed once.</summary>
    /// <exception cref="ArgumentException">No such script, or it includes a part that doesn't exist.</exception>
    public static LuaScript Load(string name) => Loaded.GetOrAdd(name, static name => FromSource(name, Read(name)));

    /// <summary>A script from text, as it stands: for tests and measurements.</summary>
    public static LuaScript FromText(string name, string text) => new(name, text);

    /// <summary>A script composed from source with its directives: for tests of the shared parts.</summary>
    public static LuaScript FromSource(string name, string source) => new(name, Compose(source));

    /// <summary>A trigger's name in scripts: <c>retry_later</c>.</summary>
    public static string Wire(JobTrigger trigger) => WordStart().Replace(trigger.ToString(), "_$0").ToLowerInvariant();

    private static string Compose(string source)
    {
        var includes = Directive(source, "include").Select(part => Read("lib/" + part)).ToList();
        var body = string.Join('\n', includes.Append(source));
        var text = new StringBuilder();
        var firstLineEnd = source.IndexOf('\n', StringComparison.Ordinal);
        if (!source.StartsWith("#!lua", StringComparison.Ordinal))
            throw new ArgumentException("A script begins with #!lua and its flags.");
        text.Append(source, 0, firstLineEnd + 1);
        AppendKeys(text, body);
        AppendRows(text, Directive(source, "rows"));
        foreach (var include in includes)
            text.AppendJoin('\n', Code(include)).Append('\n');
        return text.AppendJoin('\n', Code(source[firstLineEnd..])).ToString();
    }

    private static void AppendKeys(StringBuilder text, string body)
    {
        foreach (var (name, pattern) in RedisKeys.Patterns)
        {
            if (!Regex.IsMatch(body, $@"\bkey_{name}\("))
                continue;
            var parts = pattern.Split('*');
            var parameters = Enumerable.Range(0, parts.Length - 1).Select(i => $"p{i}").ToArray();
            text.Append(CultureInfo.InvariantCulture, $"local function key_{name}({string.Join(", ", parameters)}) return KEYS[1] .. ':{parts[0]}'");
            for (var i = 0; i < parameters.Length; i++)
            {
                text.Append(" .. ").Append(parameters[i]);
                if (parts[i + 1].Length > 0)
                    text.Append(CultureInfo.InvariantCulture, $" .. '{parts[i + 1]}'");
            }

            text.Append(" end\n");
        }
    }

    private static void AppendRows(StringBuilder text, IReadOnlyList<string> triggers)
    {
        text.Append("local ROWS = {");
        foreach (var (row, target) in JobTransitions.Table.OrderBy(pair => (pair.Key.Trigger, pair.Key.State, pair.Key.CancelRequested)))
        {
            if (triggers.Contains(Wire(row.Trigger)))
            {
                text.Append(CultureInfo.InvariantCulture, $"['{row.State.Wire()}{(row.CancelRequested ? "!" : "")}/{Wire(row.Trigger)}'] = ");
                text.Append(CultureInfo.InvariantCulture, $"'{target.State.Wire()}{(target.CancelRequested ? "!" : "")}', ");
            }
        }

        text.Append("}\n");
    }

    // Comments and blank lines stay out of Redis: the text is kept in its memory and written to its log.
    private static IEnumerable<string> Code(string text) =>
        text.Split('\n').Where(line => line.Trim() is { Length: > 0 } trimmed && !trimmed.StartsWith("--", StringComparison.Ordinal));

    private static string[] Directive(string source, string name)
    {
        var line = source.Split('\n').FirstOrDefault(line => line.StartsWith("-- @" + name + " ", StringComparison.Ordinal));
        return line is null ? [] : line[(name.Length + 5)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    private static string Read(string name)
    {
        var resource = "Workers.Jobs.Scripts." + name.Replace('/', '.') + ".lua";
        using var stream = typeof(LuaScript).Assembly.GetManifestResourceStream(resource)
            ?? throw new ArgumentException($"There is no script '{name}'.", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Replace("\r\n", "\n", StringComparison.Ordinal);
    }

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();
}
