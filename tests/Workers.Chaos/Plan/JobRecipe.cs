using System.Globalization;
using System.Text.Json.Nodes;

namespace Workers.Chaos.Plan;

/// <summary>One job of the plan.</summary>
/// <param name="Key">Its Idempotency-Key.</param>
/// <param name="Envelope">What is submitted.</param>
/// <param name="Cancel">Whether its client cancels it after the acknowledgement.</param>
/// <param name="Twice">Whether two clients submit it at once under the same key.</param>
public sealed record JobRecipe(string Key, string Envelope, bool Cancel, bool Twice)
{
    /// <summary>The job of that number: mostly quick cards, some long ones, and some whose worker breaks.</summary>
    public static JobRecipe Of(int seed, int number)
    {
        var random = new Random(unchecked((seed * 1_000_003) + number));
        var dice = random.Next(100);
        var (function, input, more) = dice switch
        {
            < 80 => ("render", Card(number, random.NextDouble() * 0.02, 0), new JsonObject()),
            < 88 => ("render", Card(number, 0.1 + (random.NextDouble() * 0.4), 4), []),
            < 91 => ("fault", Broken("crash", number), []),
            < 93 => ("fault", Broken("exit", number), []),
            < 94 => ("fault", Broken("garbage", number), []),
            < 95 => ("fault", Broken("retryable", number), []),
            < 96 => ("fault", Broken("exception", number), []),
            < 97 => ("fault", Broken("hang", number), new JsonObject { ["timeoutSeconds"] = 2 }),
            _ => ("render", Card(number, 0.01, 0), new JsonObject { ["orderingKey"] = "row " + (number % 3).ToString(CultureInfo.InvariantCulture) }),
        };
        more["engine"] = "testcard";
        more["function"] = function;
        more["input"] = input;
        more["maxAttempts"] = 10;
        more["priority"] = random.Next(3) * 10;
        more["tags"] = new JsonArray("chaos");
        var key = string.Create(CultureInfo.InvariantCulture, $"chaos {seed} {number}");
        return new JobRecipe(key, more.ToJsonString(), Cancel: random.Next(100) < 4, Twice: random.Next(100) < 3);
    }

    private static JsonObject Card(int number, double seconds, int steps) =>
        new() { ["width"] = 16, ["height"] = 16, ["seed"] = number, ["seconds"] = seconds, ["steps"] = steps };

    private static JsonObject Broken(string kind, int number) =>
        new() { ["kind"] = kind, ["onAttempts"] = new JsonArray(1), ["width"] = 16, ["height"] = 16, ["seed"] = number };
}
