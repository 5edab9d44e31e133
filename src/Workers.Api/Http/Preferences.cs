using System.Globalization;
using Microsoft.AspNetCore.Http;
using Workers.Api.Problems;
using Workers.Contracts;

namespace Workers.Api.Http;

/// <summary>What the client wishes about waiting and the answer: the <c>Prefer</c> header (RFC 7240) and <c>?wait=</c>.</summary>
internal sealed record Preferences
{
    /// <summary>The longest a request is held, in seconds.</summary>
    public const double LongestWait = 300;

    /// <summary>Hold it that long; null: nothing was said.</summary>
    public TimeSpan? Wait { get; private init; }

    /// <summary>Answer at once with 202.</summary>
    public bool RespondAsync { get; private init; }

    /// <summary>Answer without a body.</summary>
    public bool Minimal { get; private init; }

    /// <summary>True when the client said how it wants a job that is not over: 202 is then an answer it expects.</summary>
    public bool ExpectsAccepted => Wait is not null || RespondAsync;

    /// <summary>Reads the wishes. Unknown preferences are ignored, as RFC 7240 says.</summary>
    /// <exception cref="ProblemException"><c>?wait=</c> is no number of seconds, or negative.</exception>
    public static Preferences Of(HttpRequest request)
    {
        var wishes = new Preferences();
        foreach (var preference in request.Headers.GetCommaSeparatedValues("Prefer"))
        {
            var parts = preference.Split(';', 2)[0].Split('=', 2, StringSplitOptions.TrimEntries);
            wishes = parts switch
            {
                ["respond-async"] => wishes with { RespondAsync = true },
                ["wait", var seconds] when Seconds(seconds.Trim('"')) is { } wait => wishes with { Wait = wait },
                ["return", "minimal"] => wishes with { Minimal = true },
                _ => wishes,
            };
        }

        if (request.Query["wait"].ToString() is not { Length: > 0 } asked)
            return wishes;
        return wishes with
        {
            Wait = Seconds(asked) ?? throw new Problem(ProblemKinds.MalformedRequest, $"?wait= takes seconds, 0 to {LongestWait}; not '{asked}'.")
            {
                Errors = [new ProblemError("/wait", "Not a number of seconds.")],
            }.AsException(),
        };
    }

    /// <summary>Tells which preferences were followed.</summary>
    public void Echo(HttpResponse response)
    {
        List<string> applied = [];
        if (RespondAsync)
            applied.Add("respond-async");
        if (Wait is { } wait)
            applied.Add(string.Create(CultureInfo.InvariantCulture, $"wait={wait.TotalSeconds:0.###}"));
        if (Minimal)
            applied.Add("return=minimal");
        if (applied.Count > 0)
            response.Headers["Preference-Applied"] = string.Join(", ", applied);
    }

    private static TimeSpan? Seconds(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && double.IsFinite(seconds)
            ? TimeSpan.FromSeconds(Math.Min(seconds, LongestWait))
            : null;
}
