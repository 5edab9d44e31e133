using System.Text.Json.Nodes;
using Workers.Api.Engines;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Warmth;

namespace Workers.Api.Templates;

/// <summary>What opens a template's file ahead of its use: the engine's function <c>preload</c> with what the template fixes of its input.</summary>
internal static class WarmFile
{
    /// <summary>What is wrong with the wish to keep the file open, or null.</summary>
    public static ProblemError? Fault(Template template, EngineView engine)
    {
        if (template.Warm == 0)
            return null;
        if (!engine.Functions.ContainsKey(WarmWish.Function))
            return Wrong($"Engine {engine.Name} opens no files ahead of their use: it has no function '{WarmWish.Function}'.");
        if (InputFile.Of(template.Input) is not { } file || file.Any(char.IsControl))
            return Wrong("There is no file to keep open: input.file names none.");
        return template.Driving("/" + InputFile.Member) is { } parameter ? Wrong($"The file is chosen by '{parameter.Name}'; only one that is fixed is kept open.") : null;
    }

    /// <summary>The wish, or null where there is none.</summary>
    /// <param name="template">The template; its URLs are assets by now.</param>
    /// <param name="engine">Its engine.</param>
    public static WarmWish? Of(Template template, EngineView engine)
    {
        if (template.Warm == 0 || InputFile.Of(template.Input) is not { } file)
            return null;
        var schema = engine.Functions[WarmWish.Function].Schema;
        var input = new JsonObject(template.Input.Where(pair => schema.Property(pair.Key) is not null)
            .Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
        return new WarmWish(template.Warm, engine.Name, file, input.ToJsonString());
    }

    private static ProblemError Wrong(string detail) => new("/warm", detail);
}
