using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Jobs.Redis;
using Workers.Jobs.Text;

namespace Workers.Jobs.Configuration;

/// <summary>Reads the configuration: flag &gt; <c>WORKERS__X</c> &gt; file &gt; default. Everything wrong is told at once.</summary>
public static class SettingsLoader
{
    private const long LongestFile = 1 << 20;
    private const string Here = "${here}";
    private const int ShortestSecret = 32;
    private const long DefaultCopyBytes = 20L << 30;

    /// <summary>Reads, checks and resolves. Touches nothing but the file.</summary>
    /// <param name="commandLine">Flags.</param>
    /// <param name="environment">The process's environment.</param>
    /// <exception cref="SettingsException">Something is wrong.</exception>
    public static ServerSettings Load(CommandLine commandLine, IReadOnlyDictionary<string, string> environment)
    {
        var problems = new List<string>();
        var file = commandLine.ConfigurationFile ?? environment.GetValueOrDefault(SettingsOverlay.Prefix + "CONFIG");
        var document = string.IsNullOrEmpty(file) ? new JsonObject() : ReadFile(file, problems);
        Stop(problems);
        foreach (var setting in SettingsOverlay.FromEnvironment(environment).Concat(commandLine.Settings))
            SettingsOverlay.Write(document, setting, problems);
        Stop(problems);
        SettingsModel.Check(document, typeof(ServerFile), "settings", problems);
        Stop(problems);
        var settings = Resolve(document.Deserialize<ServerFile>(SettingsModel.Json)!, environment, problems);
        Stop(problems);
        return settings;
    }

    /// <summary>The process's environment, as <see cref="Load"/> takes it.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment() =>
        Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string)(entry.Value ?? ""));

    private static void Stop(List<string> problems)
    {
        if (problems.Count > 0)
            throw new SettingsException(problems);
    }

    private static JsonObject ReadFile(string path, List<string> problems)
    {
        try
        {
            var info = new FileInfo(path);
            if (info is { Exists: true, Length: > LongestFile })
                problems.Add($"{path}: is larger than {LongestFile} bytes; that is no configuration.");
            else if (StrictJson.ParseFile(File.ReadAllText(path)) is JsonObject document)
            {
                SettingsModel.Check(document, typeof(ServerFile), path, problems);
                if (problems.Count == 0)
                    RootPaths(document, info.DirectoryName!);
                return document;
            }
            else
                problems.Add($"{path}: must hold a JSON object.");
        }
        catch (JsonException error)
        {
            problems.Add($"{path}: is not valid JSON. {error.Message}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path}: cannot be read. {error.Message}");
        }
        return [];
    }

    /// <summary>Folders written in the file are relative to the file; <c>${here}</c> in commands and environments is the file's folder.</summary>
    private static void RootPaths(JsonObject document, string folder)
    {
        void Root(JsonNode? node)
        {
            if (node is JsonValue)
                node.ReplaceWith(Path.GetFullPath(node.GetValue<string>(), folder));
        }
        void Place(JsonNode? node)
        {
            if (node is JsonValue)
                node.ReplaceWith(node.GetValue<string>().Replace(Here, folder, StringComparison.Ordinal));
        }
        Root(document["data"]);
        Root(document["runtime"]);
        Root((document["fetch"] as JsonObject)?["caFile"]);
        foreach (var root in (document["roots"] as JsonObject ?? []).ToList())
            Root(root.Value);
        foreach (var engine in document["engines"] as JsonObject ?? [])
        {
            foreach (var functions in (engine.Value?["functions"] as JsonArray ?? []).ToList())
                Root(functions);
            foreach (var part in (engine.Value?["command"] as JsonArray ?? []).ToList())
                Place(part);
            foreach (var variable in (engine.Value?["environment"] as JsonObject ?? []).ToList())
                Place(variable.Value);
        }
    }

    private static ServerSettings Resolve(ServerFile file, IReadOnlyDictionary<string, string> environment, List<string> problems)
    {
        var data = Path.GetFullPath(file.Data ?? "data");
        var settings = new ServerSettings
        {
            Data = data,
            Runtime = Path.GetFullPath(file.Runtime ?? RuntimePath.Default(data, environment)),
            Redis = file.Redis,
            NodeId = file.Node ?? DefaultNodeId(),
            Engines = new EngineResolver(file.Engines ?? [], BuiltInEngines.All(environment), problems).Resolve(),
            Roots = (file.Roots ?? []).ToDictionary(root => root.Key, root => Path.GetFullPath(root.Value)),
            Watch =
            [
                .. (file.Watch ?? []).Select(watch => new WatchSettings(
                    watch.Root!, watch.Pattern ?? "**/*", [.. (watch.Functions ?? ["preview", "inspect"]).Distinct()], watch.Priority ?? 5,
                    watch.AtOnce ?? 16, watch.Seconds ?? 10)),
            ],
            Keys = [.. (file.Keys ?? []).Select(key => new ApiKey(key.Name!, key.Sha256!.ToLowerInvariant(), key.Role!, key.Weight ?? 1))],
            UrlKeys = [.. (file.UrlKeys ?? []).Select(key => new UrlKey(key.Id!, key.Secret!))],
            Origins = file.Origins ?? [],
            Hosts = file.Hosts ?? [],
            S3 = file.S3 is { } s3
                ? new S3Settings(
                    s3.Endpoint!, s3.Bucket!, s3.Region ?? "us-east-1", s3.Prefix ?? "", s3.PathStyle ?? true, s3.CacheBytes ?? DefaultCopyBytes)
                : null,
            Fetch = Resolve(file.Fetch ?? new FetchFile(), problems),
            Cache = (file.Cache ?? new CacheFile()).Resolve(),
            Labels = file.Labels ?? [],
            KeepRedis = file.KeepRedis ?? false,
        };
        settings = settings with
        {
            Role = file.Role ?? settings.Role,
            Urls = file.Urls ?? settings.Urls,
            RedisServer = file.RedisServer ?? (environment.GetValueOrDefault("REDIS") is { Length: > 0 } named ? named : settings.RedisServer),
            Durability = file.Durability ?? settings.Durability,
            UploadBytes = file.UploadBytes ?? settings.UploadBytes,
            StopGraceSeconds = file.StopGraceSeconds ?? settings.StopGraceSeconds,
        };
        CheckTogether(settings, problems);
        return settings;
    }

    private static FetchSettings Resolve(FetchFile file, List<string> problems)
    {
        var caFile = file.CaFile is null ? null : Path.GetFullPath(file.CaFile);
        if (caFile is not null && !File.Exists(caFile))
            problems.Add($"fetch.caFile: there is no file {caFile}.");
        var standard = new FetchSettings();
        return new FetchSettings
        {
            Enabled = file.Enabled ?? standard.Enabled,
            Hosts = file.Hosts ?? [],
            PlainHosts = file.PlainHosts ?? [],
            PrivateHosts = file.PrivateHosts ?? [],
            MaxBytes = file.MaxBytes ?? standard.MaxBytes,
            Seconds = file.Seconds ?? standard.Seconds,
            Redirects = file.Redirects ?? standard.Redirects,
            CaFile = caFile,
        };
    }

    /// <summary>What no single setting can tell.</summary>
    private static void CheckTogether(ServerSettings settings, List<string> problems)
    {
        ListenAddresses.Check(settings.Urls, settings.Keys.Count > 0, problems);
        if (settings is { Redis: null, Role: not "all" })
            problems.Add(
                $"role {settings.Role}: needs the Redis that it shares with the other processes: "
                    + $"--redis host:port, {SettingsOverlay.Prefix}REDIS, or \"redis\" in the file.");
        if (settings.Redis is not null && !RedisGate.IsConnectionString(settings.Redis))
            problems.Add("redis: is not a connection string such as host:6379,password=…"); // Not quoted: it may hold a password.
        if (!RuntimePath.IsShortEnough(settings.Runtime))
            problems.Add($"runtime: {settings.Runtime} is too long for the path of a Unix socket; choose a shorter folder with --runtime.");
        foreach (var root in settings.Watch.Select(watch => watch.Root).Where(root => !settings.Roots.ContainsKey(root)).Distinct())
            problems.Add($"watch: there is no root \"{root}\".{Text.NearestName.Hint(root, settings.Roots.Keys)}");
        foreach (var name in settings.Keys.GroupBy(key => key.Name).Where(group => group.Count() > 1).Select(group => group.Key))
            problems.Add($"keys: there are two of the name \"{name}\".");
        foreach (var digest in settings.Keys.GroupBy(key => key.Sha256).Where(group => group.Count() > 1))
            problems.Add($"keys: {string.Join(" and ", digest.Select(key => key.Name))} are the same key.");
        foreach (var id in settings.UrlKeys.GroupBy(key => key.Id).Where(group => group.Count() > 1).Select(group => group.Key))
            problems.Add($"urlKeys: there are two of the id \"{id}\".");
        foreach (var key in settings.UrlKeys.Where(key => key.Secret.Length < ShortestSecret))
            problems.Add($"urlKeys: the secret of \"{key.Id}\" has fewer than {ShortestSecret} characters."); // Not quoted: it is a secret.
    }

    private static string DefaultNodeId()
    {
        var name = new string(
        [
            .. Environment.MachineName.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
                .SkipWhile(c => !char.IsAsciiLetterOrDigit(c))
                .Take(63),
        ]);
        return name.Length > 0 ? name : "node";
    }
}
