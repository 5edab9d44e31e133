using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Workers.Api.Engines;
using Workers.Api.Http;
using Workers.Api.Problems;

namespace Workers.Api.Calls;

/// <summary>Agrees with the client on what is answered: the job, the function's JSON, or a picture in one of the formats the engine writes.</summary>
internal static class PictureFormats
{
    private const string Property = "format";
    private const string DefaultType = "image/png";

    private static readonly Dictionary<string, string> Types = new()
    {
        ["png"] = DefaultType,
        ["jpeg"] = "image/jpeg",
        ["jpg"] = "image/jpeg",
        ["webp"] = "image/webp",
        ["exr"] = "image/x-exr",
        ["tiff"] = "image/tiff",
        ["svg"] = "image/svg+xml",
        ["pdf"] = "application/pdf",
    };

    /// <summary>Sets the input's <c>format</c> where the Accept header decides it.</summary>
    /// <returns>True when the job's document is wished instead of what the function makes.</returns>
    /// <exception cref="ProblemException">406: nothing that is accepted can be made.</exception>
    public static bool Agree(HttpRequest request, EngineView engine, FunctionView function, JsonObject input)
    {
        if (Accepts.PrefersJson(request))
            return true;
        if (!function.Report.Picture)
            return Accepts.OnlyPicturesOrPages(request) ? throw NotAcceptable(function, ["application/json"]) : false;

        var chosen = Chosen(input);
        var formats = chosen is not null ? [chosen] : Formats(engine, function);
        var offered = formats.Select(format => Types.GetValueOrDefault(format, DefaultType)).Distinct().ToList();
        if (Accepts.Best(request, offered) is not { } best)
            return Accepts.NamesJson(request) ? true : throw NotAcceptable(function, offered);
        if (chosen is null && best != offered[0])
            input[Property] = formats.First(format => Types.GetValueOrDefault(format) == best);
        return false;
    }

    /// <summary>Media types that the call can answer, the default first.</summary>
    public static IReadOnlyList<string> Offered(EngineView engine, FunctionView function, JsonObject input)
    {
        if (!function.Report.Picture)
            return ["application/json"];
        IReadOnlyList<string> formats = Chosen(input) is { } chosen ? [chosen] : Formats(engine, function);
        return [.. formats.Select(format => Types.GetValueOrDefault(format, DefaultType)).Distinct()];
    }

    /// <summary>Sets the input's <c>format</c> so that the call answers this media type.</summary>
    /// <exception cref="ProblemException">406: it cannot.</exception>
    public static void Set(EngineView engine, FunctionView function, JsonObject input, string mediaType)
    {
        var offered = Offered(engine, function, input);
        if (!offered.Contains(mediaType))
            throw NotAcceptable(function, offered);
        if (mediaType != offered[0])
            input[Property] = Formats(engine, function).First(format => Types.GetValueOrDefault(format) == mediaType);
    }

    /// <summary>The media type that a file extension stands for, or null.</summary>
    public static string? OfExtension(string extension) => extension switch
    {
        "json" => "application/json",
        "tif" => "image/tiff",
        _ => Types.GetValueOrDefault(extension),
    };

    private static string? Chosen(JsonObject input) => MainOutput(input) ?? Text(input[Property]);

    // Where a function writes several pictures, the first is the answer.
    private static string? MainOutput(JsonObject input) =>
        input["outputs"] is JsonArray { Count: > 0 } outputs && outputs[0] is JsonObject main ? Text(main[Property]) : null;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    // The default first; only formats that the function takes and, where its warm-up told, this build of the engine writes.
    private static List<string> Formats(EngineView engine, FunctionView function)
    {
        if (function.Schema.Property(Property) is not { } schema)
            return ["png"];
        var first = schema.Default as string ?? "png";
        var known = schema.Enumeration.OfType<string>().Where(Types.ContainsKey).Where(format => Writes(engine, format));
        return [first, .. known.Where(format => format != first)];
    }

    private static bool Writes(EngineView engine, string format) =>
        engine.Facts?["formats"] is not JsonArray formats
        || formats.Any(known => known is JsonValue value && value.TryGetValue<string>(out var text)
            && text.Equals(format, StringComparison.OrdinalIgnoreCase));

    private static ProblemException NotAcceptable(FunctionView function, IReadOnlyList<string> offered) =>
        new Problem(ProblemKinds.NotAcceptable,
            $"'{function.Report.Name}' can answer {string.Join(", ", offered)}, or the job as application/json.")
            .AsException();
}
