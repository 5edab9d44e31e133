namespace Workers.Bench;

/// <summary>Tells whoever waits how far it is; on stderr, because the page goes to stdout.</summary>
internal static class Progress
{
    public static void Say(string line) => Console.Error.WriteLine($"bench: {line}");
}
