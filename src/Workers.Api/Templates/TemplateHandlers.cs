using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Workers.Api.Http;
using Workers.Api.Jobs;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Templates;
using Workers.Jobs.Warmth;

namespace Workers.Api.Templates;

/// <summary>Store, look at, list and delete templates.</summary>
internal sealed class TemplateHandlers(TemplateStore store, WarmStore warmth, TemplateLibrary library, TemplateChecker checker)
{
    private const int LongestDefinition = 64 * 1024;

    /// <summary>Stores a version: 201 where the template is new, 200 where it was changed or is the same.</summary>
    public async Task<IResult> PutAsync(HttpContext context, string name, bool dryRun)
    {
        if (!Template.IsName(name))
            throw EnvelopeReader.Wrong([new ProblemError("", "A template's name has 1 to 64 of a–z, 0–9, _ and -, and begins with a letter or digit.")]);
        var (match, noneMatch) = (Conditions.Match(context.Request), Conditions.NoneMatch(context.Request));
        var definition = await JsonBody.ReadObjectAsync(context.Request, context.RequestAborted);
        var check = await checker.CheckAsync(context, definition);
        definition["engine"] = check.Template.Engine;
        TemplateChecker.Pin(definition, check.Fetched);
        var text = definition.ToJsonString(WireJson.Readable.Options);
        if (text.Length > LongestDefinition)
            throw new Problem(ProblemKinds.TooLarge, $"A template has at most {LongestDefinition / 1024} KB; name large content as an asset.").AsException();
        var write = new TemplateWrite
        {
            Name = name, Definition = text, Hash = RequestHash.Of(definition)[..16], Client = Caller.Of(context).Name, Assets = [.. check.Assets.Keys],
            Warm = check.Warm, Match = match, NoneMatch = noneMatch, DryRun = dryRun,
        };
        // Not ended by a client that leaves: what was sent to Redis may have been carried out.
        var put = await store.PutAsync(write, CancellationToken.None);
        library.Forget(name);
        Refuse(put, name, check);
        if (!dryRun)
            return await StoredAsync(context, name, put);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(
            new TemplateCheckDocument(
                true, put.Code.ToString().ToLowerInvariant(), put.Number, check.Template.Engine!, check.Checked,
                [.. check.Assets.Keys.Select(AssetId.Of)], check.Input),
            WireJson.Readable.TemplateCheckDocument);
    }

    /// <summary>A version of a template.</summary>
    public async Task<IResult> GetAsync(HttpContext context, string name, int? version)
    {
        var head = await library.HeadAsync(name, context.RequestAborted);
        var loaded = await library.GetAsync(name, version, context.RequestAborted);
        var tag = new EntityTagHeaderValue($"\"{loaded.Stored.Tag}\"");
        context.Response.Headers.ETag = tag.ToString();
        context.Response.Headers.CacheControl = "no-cache";
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false)))
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        return TypedResults.Json(Document(loaded.Stored, head.Latest), WireJson.Readable.TemplateDocument);
    }

    /// <summary>Templates by name.</summary>
    public async Task<IResult> ListAsync(HttpContext context, int? pageSize, string? pageToken)
    {
        var size = PageTokens.Size(pageSize);
        var names = await store.NamesAsync(PageTokens.ReadName(pageToken), size, context.RequestAborted);
        var summaries = await Task.WhenAll(names.Select(name => SummaryAsync(name, null, context.RequestAborted)));
        var next = names.Count == size ? PageTokens.Write(names[^1]) : null;
        PageTokens.LinkNext(context, next);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new TemplateListDocument([.. summaries.OfType<TemplateSummary>()], next), WireJson.Readable.TemplateListDocument);
    }

    /// <summary>The versions that are kept, newest first.</summary>
    public async Task<IResult> VersionsAsync(HttpContext context, string name)
    {
        var head = await library.HeadAsync(name, context.RequestAborted);
        var versions = await Task.WhenAll(head.Versions.Reverse().Select(number => SummaryAsync(name, number, context.RequestAborted)));
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new TemplateVersionsDocument(name, [.. versions.OfType<TemplateSummary>()]), WireJson.Readable.TemplateVersionsDocument);
    }

    /// <summary>Where its file is kept open.</summary>
    public async Task<IResult> WarmAsync(HttpContext context, string name)
    {
        await library.HeadAsync(name, context.RequestAborted);
        var state = await warmth.FindAsync(name, context.RequestAborted);
        var failure = state.Failure is { } last ? new TemplateWarmFailure(last.At, last.Worker, last.Message) : null;
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new TemplateWarmDocument(name, state.Wanted, state.Workers, failure), WireJson.Readable.TemplateWarmDocument);
    }

    /// <summary>Forgets a template, or one of its older versions.</summary>
    public async Task<IResult> DeleteAsync(HttpContext context, string name, int? version)
    {
        var deletion = Template.IsName(name)
            ? await store.DeleteAsync(name, version, Conditions.Match(context.Request), CancellationToken.None)
            : TemplateDeletion.Unknown;
        library.Forget(name);
        return deletion switch
        {
            TemplateDeletion.Deleted => TypedResults.NoContent(),
            TemplateDeletion.Unknown when version is not null && Template.IsName(name) =>
                throw new Problem(ProblemKinds.TemplateNotFound, $"There is no version {version} of a template '{name}'.").AsException(),
            TemplateDeletion.Unknown => throw await library.NotFoundAsync(name, context.RequestAborted),
            TemplateDeletion.Newest => throw new Problem(
                ProblemKinds.TemplateVersionNewest,
                $"Version {version} is the newest of template '{name}': PUT a newer one first, or delete the template.").AsException(),
            _ => throw Failed(name, null),
        };
    }

    private static void Refuse(TemplatePut put, string name, CheckedTemplate check)
    {
        switch (put.Code)
        {
            case TemplatePutCode.ConditionFailed:
                throw Failed(name, put.Tag.Length == 0 ? null : put);
            case TemplatePutCode.UnknownAsset:
                throw new Problem(ProblemKinds.UnknownAsset, $"sha256:{put.Detail} is not stored here; upload it first (POST /v1/assets).")
                {
                    Errors = [new ProblemError(check.Assets.GetValueOrDefault(put.Detail!, ""), "Names an asset that is not stored.")],
                }.AsException();
            case TemplatePutCode.Full:
                throw new Problem(ProblemKinds.TooManyTemplates, $"There are {TemplateStore.MostTemplates} templates, as many as may be; delete some.").AsException();
            default:
                return;
        }
    }

    private static ProblemException Failed(string name, TemplatePut? newest) =>
        new Problem(
            ProblemKinds.PreconditionFailed,
            newest is null ? $"Template '{name}' is not what the condition asks for; GET it and decide anew."
                : $"Template '{name}' is at version {newest.Number} with the tag \"{newest.Tag}\"; GET it and decide anew.").AsException();

    private async Task<IResult> StoredAsync(HttpContext context, string name, TemplatePut put)
    {
        var headers = context.Response.Headers;
        headers.ETag = $"\"{put.Tag}\"";
        headers.Location = $"/v1/templates/{name}";
        headers.CacheControl = "no-store";
        var stored = await store.FindAsync(name, put.Number, context.RequestAborted)
            ?? throw new Problem(ProblemKinds.TemplateVersionGone, $"Version {put.Number} was stored and is deleted already.").AsException();
        return TypedResults.Json(
            Document(stored, put.Number), WireJson.Readable.TemplateDocument,
            statusCode: put.Code == TemplatePutCode.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private async Task<TemplateSummary?> SummaryAsync(string name, int? number, CancellationToken cancellation)
    {
        try
        {
            var (stored, template) = await library.GetAsync(name, number, cancellation);
            return new TemplateSummary(name, stored.Number, template.Engine!, template.Function, stored.CreatedAt, template.Description);
        }
        catch (ProblemException gone) when (gone.Problem.Kind == ProblemKinds.TemplateNotFound || gone.Problem.Kind == ProblemKinds.TemplateVersionGone)
        {
            return null; // Deleted since the names were read.
        }
    }

    private static TemplateDocument Document(TemplateVersion stored, int latest) => new()
    {
        Name = stored.Name,
        Version = stored.Number,
        Latest = latest,
        Client = stored.Client,
        CreatedAt = stored.CreatedAt,
        Definition = JsonNode.Parse(stored.Definition)!.AsObject(),
        Links = new TemplateLinks(
            $"/v1/templates/{stored.Name}?version={stored.Number}", $"/v1/templates/{stored.Name}.png?version={stored.Number}",
            $"/v1/templates/{stored.Name}/versions"),
    };
}
