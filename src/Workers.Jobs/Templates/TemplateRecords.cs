using Workers.Jobs.Warmth;

namespace Workers.Jobs.Templates;

/// <summary>A stored version of a template.</summary>
/// <param name="Name">The template's name.</param>
/// <param name="Number">Counted from 1; never used twice, not even by a template of the same name after this one was deleted.</param>
/// <param name="Tag">Names this version of this definition: the value of its entity tag.</param>
/// <param name="Definition">JSON as it was stored.</param>
/// <param name="Client">Who stored it.</param>
/// <param name="CreatedAt">When.</param>
public sealed record TemplateVersion(string Name, int Number, string Tag, string Definition, string Client, DateTimeOffset CreatedAt);

/// <summary>What a template consists of at one moment.</summary>
/// <param name="Latest">Number of the newest version.</param>
/// <param name="Revision">Counts every change; another number means: look again.</param>
/// <param name="Versions">Numbers of the versions that are kept, oldest first; never empty.</param>
public sealed record TemplateHead(int Latest, long Revision, IReadOnlyList<int> Versions);

/// <summary>A template that shall be stored.</summary>
public sealed record TemplateWrite
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>JSON.</summary>
    public required string Definition { get; init; }

    /// <summary>16 hex digits of a digest of what the definition means.</summary>
    public required string Hash { get; init; }

    /// <summary>Who stores it.</summary>
    public required string Client { get; init; }

    /// <summary>Hexes of the assets it names, each once.</summary>
    public IReadOnlyCollection<string> Assets { get; init; } = [];

    /// <summary>The file to keep open; null: none.</summary>
    public WarmWish? Warm { get; init; }

    /// <summary>Only if the newest version has one of these tags, or <c>*</c>: if there is one (If-Match).</summary>
    public TagCondition Match { get; init; }

    /// <summary>Only if the newest version has none of these tags, or <c>*</c>: if there is none (If-None-Match).</summary>
    public TagCondition NoneMatch { get; init; }

    /// <summary>Only say what would be done.</summary>
    public bool DryRun { get; init; }
}

/// <summary>A list of entity tags that a request names (RFC 9110, 13.1).</summary>
/// <param name="Written">Empty: not said; <c>*</c>: any; else tags without quotes, separated by spaces.</param>
public readonly record struct TagCondition(string? Written)
{
    /// <inheritdoc/>
    public override string ToString() => Written ?? "";
}

/// <summary>What became of a write.</summary>
public enum TemplatePutCode
{
    /// <summary>There was no template of that name.</summary>
    Created,

    /// <summary>It has a new version.</summary>
    Changed,

    /// <summary>The newest version is the same; nothing was stored.</summary>
    Same,

    /// <summary>The condition does not hold. HTTP: 412.</summary>
    ConditionFailed,

    /// <summary>An asset it names is not stored. HTTP: 422.</summary>
    UnknownAsset,

    /// <summary>There are as many templates as may be. HTTP: 429.</summary>
    Full,
}

/// <summary>The answer to a write.</summary>
/// <param name="Code">What became of it.</param>
/// <param name="Number">The version: stored, or newest where nothing was stored.</param>
/// <param name="Tag">Its tag; empty where there is none.</param>
/// <param name="Detail">Hex of the unknown asset.</param>
public sealed record TemplatePut(TemplatePutCode Code, int Number, string Tag, string? Detail = null);

/// <summary>What became of a deletion.</summary>
public enum TemplateDeletion
{
    /// <summary>Forgotten; its assets are released.</summary>
    Deleted,

    /// <summary>There is no such template or version.</summary>
    Unknown,

    /// <summary>The newest version is not deleted alone. HTTP: 409.</summary>
    Newest,

    /// <summary>The condition does not hold. HTTP: 412.</summary>
    ConditionFailed,
}
