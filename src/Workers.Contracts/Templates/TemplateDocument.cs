using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Workers.Contracts;

/// <summary>A version of a template, as it was stored.</summary>
public sealed record TemplateDocument
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Counted from 1; no number is ever used twice.</summary>
    public required int Version { get; init; }

    /// <summary>Number of the newest version.</summary>
    public required int Latest { get; init; }

    /// <summary>Name of the API key that stored it.</summary>
    public required string Client { get; init; }

    /// <summary>When it was stored.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What was stored: a template definition with the engine filled in.</summary>
    public required JsonObject Definition { get; init; }

    /// <summary>Where it is rendered.</summary>
    public required TemplateLinks Links { get; init; }
}

/// <summary>Where a template is to be had.</summary>
/// <param name="Self">Its newest version.</param>
/// <param name="Render">Renders it.</param>
/// <param name="Versions">Lists its versions.</param>
public sealed record TemplateLinks(string Self, string Render, string Versions);

/// <summary>A template in a list.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its newest version, from 1; in a list of versions, that one.</param>
/// <param name="Engine">The engine that renders it.</param>
/// <param name="Function">The function.</param>
/// <param name="CreatedAt">When that version was stored.</param>
/// <param name="Description">For people.</param>
public sealed record TemplateSummary(
    string Name, int Version, string Engine, string Function, DateTimeOffset CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Description);

/// <summary>A page of templates, by name.</summary>
/// <param name="Templates">The templates.</param>
/// <param name="NextPageToken">For the next page; null on the last.</param>
public sealed record TemplateListDocument(IReadOnlyList<TemplateSummary> Templates, string? NextPageToken);

/// <summary>The versions of a template that are kept; all of them can be rendered.</summary>
/// <param name="Name">The template's name.</param>
/// <param name="Versions">Newest first.</param>
public sealed record TemplateVersionsDocument(string Name, IReadOnlyList<TemplateSummary> Versions);

/// <summary>Where a template's file is kept open.</summary>
/// <param name="Name">The template's name.</param>
/// <param name="Wanted">On how many workers it shall be; 0: on none.</param>
/// <param name="Workers">Ids of the workers that have it open, or are opening it.</param>
/// <param name="Failure">Why it could not be opened last; it is tried again, each time later. Null: it could.</param>
public sealed record TemplateWarmDocument(string Name, int Wanted, IReadOnlyList<string> Workers, TemplateWarmFailure? Failure);

/// <summary>A file that could not be opened ahead of its use.</summary>
/// <param name="At">When.</param>
/// <param name="Worker">On which worker.</param>
/// <param name="Message">Why.</param>
public sealed record TemplateWarmFailure(DateTimeOffset At, string Worker, string Message);

/// <summary>What a PUT with <c>dryRun=true</c> would have done.</summary>
/// <param name="DryRun">Always true: nothing was stored.</param>
/// <param name="Outcome"><c>created</c>, <c>changed</c> (a new version) or <c>same</c> (nothing to store).</param>
/// <param name="Version">The version that it would have made, or the newest where it is the same.</param>
/// <param name="Engine">The engine that was chosen.</param>
/// <param name="Checked">Inputs that were checked: the defaults, and each option, least and most value beside them.</param>
/// <param name="Assets">Stored assets that it names.</param>
/// <param name="Input">The function's input with every default.</param>
public sealed record TemplateCheckDocument(
    bool DryRun, string Outcome, int Version, string Engine, int Checked, IReadOnlyList<string> Assets, JsonObject Input);

/// <summary>Which pictures of a template shall be made ahead of their first request.</summary>
public sealed record PrerenderRequest
{
    /// <summary>
    /// For each parameter the values to combine, or <c>"all"</c> of its options; parameters that are not named have their default. At most
    /// 1,000 combinations.
    /// </summary>
    public JsonObject? Options { get; init; }

    /// <summary>The version; default: the newest.</summary>
    public int? Version { get; init; }

    /// <summary>The picture's format, e.g. <c>webp</c>; default: the function's.</summary>
    public string? Format { get; init; }

    /// <summary>0–49, below every other job by default: 0.</summary>
    public int? Priority { get; init; }
}

/// <summary>Pictures that are being made, or would be.</summary>
/// <param name="DryRun">True: nothing was submitted.</param>
/// <param name="Template">The template's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Count">Combinations.</param>
/// <param name="Submitted">Jobs that were submitted.</param>
/// <param name="Tag">Their tag; null in a dry run.</param>
/// <param name="EstimatedSeconds">How long all of them take, by the newest run times; null where there are none yet.</param>
/// <param name="Jobs">Where their progress is; null in a dry run.</param>
/// <param name="Problems">The first 20 that were refused.</param>
public sealed record PrerenderDocument(
    bool DryRun, string Template, int Version, int Count, int Submitted, string? Tag, double? EstimatedSeconds, string? Jobs,
    IReadOnlyList<PrerenderProblem> Problems);

/// <summary>Why one combination was refused.</summary>
/// <param name="Parameters">Which.</param>
/// <param name="Code">A problem's code.</param>
/// <param name="Detail">What is wrong.</param>
public sealed record PrerenderProblem(JsonObject Parameters, string Code, string Detail);
