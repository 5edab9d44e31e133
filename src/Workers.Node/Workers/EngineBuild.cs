using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Jobs.Engines;
using Workers.Node.Protocol;

namespace Workers.Node.Workers;

/// <summary>
/// The digest of everything about an engine that may change what its functions make: its specification, its version, what its warm-up found, the code
/// that runs in it. Equal on every machine with the same engine, so that they share stored results.
/// </summary>
internal static class EngineBuild
{
    /// <summary>Facts that differ between machines or runs without changing any result.</summary>
    private static readonly string[] Circumstances = ["threads", "functionProblems"];

    /// <summary>The digest in hex, or null where the worker does not say what code it runs.</summary>
    public static string? Of(EngineSpecification engine, Hello hello, JsonObject? facts)
    {
        if (string.IsNullOrEmpty(hello.Source))
            return null;
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            foreach (var text in new[] { engine.Name, hello.Engine.Name, hello.Engine.Version, hello.Kit, hello.Source })
                writer.WriteStringValue(text);
            Write(writer, engine.Command);
            // As configured: ${slot} is not filled in, so that the workers of a pool are alike.
            foreach (var (name, value) in engine.Environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                Write(writer, [name, value]);
            writer.WriteBooleanValue(engine.Faults);
            writer.WriteBooleanValue(engine.AllowPickle);
            foreach (var (name, fact) in (facts ?? []).Where(fact => !Circumstances.Contains(fact.Key)).OrderBy(fact => fact.Key, StringComparer.Ordinal))
                Write(writer, [name, fact?.ToJsonString() ?? "null"]);
            writer.WriteEndArray();
        }

        return Convert.ToHexStringLower(SHA256.HashData(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static void Write(Utf8JsonWriter writer, IEnumerable<string> texts)
    {
        writer.WriteStartArray();
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}

/// <summary>What a process's warm-up made known.</summary>
/// <param name="Facts">As it answered.</param>
/// <param name="Build">See <see cref="EngineBuild"/>.</param>
internal sealed record WarmUpResult(JsonObject? Facts, string? Build);
