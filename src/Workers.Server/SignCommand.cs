using System.Globalization;
using Workers.Contracts;
using Workers.Jobs.Configuration;
using Workers.Jobs.Text;

namespace Workers.Server;

/// <summary><c>workers-server sign</c>: prints the path of a signed URL. Needs the configuration with its keys and nothing else, no running server.</summary>
internal static class SignCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "sign";

    private const string Help = """
        workers-server sign: print the path of a signed URL.

          --template NAME      the template
          --version N          its version; caches may then keep the picture for ever (default: whichever is the newest)
          --param NAME=VALUE   a parameter; may be repeated
          --format EXTENSION   png (default), jpg, webp …; auto (ends in .auto) or @auto: webp for those who accept it
          --expires SECONDS    good for so long (default: for ever)
          --key ID             the key of urlKeys that signs (default: the first)
          --config FILE        the server's configuration; WORKERS__URLKEYS__0__SECRET and other variables count as well

        Exit codes: 0 printed, 2 something is wrong with the arguments or the configuration. Whether the template is there and takes these
        parameters is not asked.

        """;

    private static readonly string[] Flags = ["--template", "--version", "--param", "--format", "--expires", "--key", "--config", "--help"];

    /// <summary>Runs it.</summary>
    /// <param name="arguments">Behind <c>sign</c>.</param>
    /// <param name="environment">The process's environment.</param>
    /// <param name="now">The time that <c>--expires</c> counts from.</param>
    /// <returns>What to print.</returns>
    /// <exception cref="SettingsException">Something is wrong with the arguments or the configuration.</exception>
    public static string Run(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, DateTimeOffset now)
    {
        if (arguments.Any(argument => argument is "--help" or "-h"))
            return Help;
        List<string> problems = [];
        var given = Take(arguments, problems);
        var url = new SignedUrl
        {
            KeyId = "",
            Template = One(given, "--template", problems) ?? Missing("--template", problems),
            Version = (int?)Number(given, "--version", int.MaxValue, problems),
            Extension = One(given, "--format", problems) ?? "png",
            Expires = Number(given, "--expires", 3_153_600_000, problems) is { } seconds ? now.ToUnixTimeSeconds() + seconds : null,
            Parameters = Parameters(given["--param"], problems),
        };
        var (id, file) = (One(given, "--key", problems), One(given, "--config", problems));
        Stop(problems);
        var key = Key(SettingsLoader.Load(CommandLine.Parse(file is null ? [] : ["--config", file]), environment).UrlKeys, id);
        url = url with { KeyId = key.Id };
        // What a server would not read must not be printed: names with slashes, extensions with dots.
        if (SignedUrl.Read(url.SignedPart) is null)
            throw new SettingsException([$"{url.SignedPart}: is no path of a signed URL; look at --template, --param and --format."]);
        return url.Sign(key.Secret) + "\n";
    }

    private static ILookup<string, string> Take(IReadOnlyList<string> arguments, List<string> problems)
    {
        List<(string Flag, string Value)> given = [];
        for (var i = 0; i < arguments.Count; i++)
        {
            var equals = arguments[i].StartsWith("--", StringComparison.Ordinal) ? arguments[i].IndexOf('=', StringComparison.Ordinal) : -1;
            var (flag, value) = equals < 0 ? (arguments[i], null) : (arguments[i][..equals], arguments[i][(equals + 1)..]);
            if (!Flags.Contains(flag))
                problems.Add($"{flag}: unknown flag; the nearest known one is {NearestName.Of(flag, Flags)}. See sign --help.");
            else if (value is null && i + 1 == arguments.Count)
                problems.Add($"{flag}: needs a value.");
            else
                given.Add((flag, value ?? arguments[++i]));
        }

        return given.ToLookup(pair => pair.Flag, pair => pair.Value);
    }

    private static string? One(ILookup<string, string> given, string flag, List<string> problems)
    {
        var values = given[flag].ToList();
        if (values.Count > 1 || values is [""])
            problems.Add($"{flag}: takes one value.");
        return values.FirstOrDefault();
    }

    private static string Missing(string flag, List<string> problems)
    {
        problems.Add($"{flag}: is missing.");
        return "";
    }

    private static long? Number(ILookup<string, string> given, string flag, long most, List<string> problems)
    {
        if (One(given, flag, problems) is not { } text)
            return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most)
            return number;
        problems.Add($"{flag}: must be a whole number from 1 to {most}; is \"{text}\".");
        return null;
    }

    private static Dictionary<string, string> Parameters(IEnumerable<string> written, List<string> problems)
    {
        Dictionary<string, string> parameters = [];
        foreach (var pair in written)
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } name, var value])
                problems.Add($"--param: must be NAME=VALUE; is \"{pair}\".");
            else if (name == "expires")
                problems.Add("--param: 'expires' is said with --expires.");
            else if (!parameters.TryAdd(name, value))
                problems.Add($"--param: '{name}' is given twice.");
        }

        return parameters;
    }

    private static UrlKey Key(IReadOnlyList<UrlKey> keys, string? id)
    {
        if (keys.Count == 0)
        {
            throw new SettingsException(
                ["urlKeys: there are none, so nothing can be signed. Name the server's configuration with --config, and keys in it: "
                    + "\"urlKeys\": [{\"id\": \"k1\", \"secret\": \"…\"}]."]);
        }

        return id is null ? keys[0] : keys.FirstOrDefault(key => key.Id == id)
            ?? throw new SettingsException([$"--key: there is no key \"{id}\"; there are {string.Join(", ", keys)}."]);
    }

    private static void Stop(List<string> problems)
    {
        if (problems.Count > 0)
            throw new SettingsException(problems);
    }
}
