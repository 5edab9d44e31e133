using Workers.Jobs.Configuration;

namespace Workers.Api.Tests.Support;

/// <summary>An API that watches a folder.</summary>
public sealed class WatchApi : PreviewApi
{
    internal const int AtOnce = 3;

    internal static ServerSettings Watching(ServerSettings settings, string folder) => settings with
    {
        Roots = new Dictionary<string, string> { ["models"] = folder },
        Watch = [new WatchSettings("models", "**/*.blend", ["preview", "inspect"], 5, AtOnce, 0.1)],
    };

    public override Task InitializeAsync()
    {
        File.CreateSymbolicLink(Models.Below("link.blend"), "/etc/hostname");
        Directory.CreateSymbolicLink(Models.Below("out"), "/etc");
        File.WriteAllText(Models.Below("notes.txt"), "no model");
        return base.InitializeAsync();
    }

    private protected override ServerSettings Change(ServerSettings settings) => Watching(settings, Models.FullPath);
}
