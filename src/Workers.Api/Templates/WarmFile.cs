using System.Text.Json.Nodes;
using Workers.Api.Engines;
using Workers.Contracts;
using Workers.Jobs.Warmth;

namespace Workers.Api.Templates;

/// <summary>What opens a template's file ahead of its use: the engine's function <c>preload</c> with what the template fixes of its input.</summary>
internal static class WarmFile
{
    private const string Function = "preload";
    private const string File = "file";

    /// <summary>What is wrong with the wish to keep the file open, or null.</summary>
    public static ProblemError? Fault(Template template, EngineView engine)
    {
        if (template.Warm == 0)
            return null;
        if (!engine.Functions.ContainsKey(Function))
            return Wrong($"Engine {engine.Name} opens no files ahead of their use: it has no function '{Function}'.");
        if (FileOf(template) is not { } file || file.Any(char.IsControl))
            return Wrong("There is no file to keep open: input.file names none.");
        return template.Driving("/" + File) is { } parameter ? Wrong($"The file is chosen by '{parameter.Name}'; only one that is fixed is kept open.") : null;
    }

    /// <summary>The wish, or null where there is none.</summary>
    /// <param name="template">The template; its URLs are assets by now.</param>
    /// <param name="engine">Its engine.</param>
    public static WarmWish? Of(Template template, EngineView engine)
    {
        if (template.Warm == 0 || FileOf(template) is not { } file)
            return null;
        var schema = engine.Functions[Function].Schema;
        var input = new JsonObject(template.Input.Where(pair => schema.Property(pair.Key) is not null)
            .Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
        return new WarmWish(template.Warm, engine.Name, file, input.ToJsonString());
    }

    private static string? FileOf(Template template) => template.Input[File] is JsonValue value && value.TryGetValue<string>(out var file) ? file : null;

    private static ProblemError Wrong(string detail) => new("/warm", detail);
}
