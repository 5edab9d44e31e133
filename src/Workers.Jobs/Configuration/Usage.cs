namespace Workers.Jobs.Configuration;

/// <summary>What <c>--help</c> and <c>--version</c> print.</summary>
public static class Usage
{
    /// <summary>One screen.</summary>
    public const string Help = """
        workers-server: a REST control plane for warm, headless render workers.

          workers-server [flags]
          workers-server sign --template NAME …    print the path of a signed URL (sign --help)

          --role ROLE          all (default), api or node
          --urls URLS          addresses to listen on, separated by ';' (default http://127.0.0.1:8700)
          --data FOLDER        everything that must last (default ./data)
          --runtime FOLDER     sockets and scratch; a short path (default below $XDG_RUNTIME_DIR, /dev/shm or /tmp)
          --config FILE        JSON with // comments; schema: openapi/workers.config.schema.json
          --redis ADDRESS      host:port of a running Redis 7 or newer (default: a private redis-server in --data)
          --durability HOW     of the private Redis: always (default), fast (synced each second), none
          --node ID            this node's id (default: the machine's name)
          --label KEY=VALUE    a label of this node; may be repeated
          --help, --version

        Precedence: flag, then environment, then file, then default. Environment: WORKERS__X for any key of the file,
        e.g. WORKERS__ENGINES__BLENDER__WORKERS=2, WORKERS__REDIS=host:6379,password=…, WORKERS__KEYS__0__NAME=shop
        (__SHA256, __ROLE); BLENDER and REDIS name the programs blender and redis-server.
        Passwords and API keys belong in the file or the environment: everybody on this machine can list flags.

        """;

    /// <summary>The program's name and version.</summary>
    public static string Version => $"workers-server {typeof(Usage).Assembly.GetName().Version?.ToString(3)}";
}
