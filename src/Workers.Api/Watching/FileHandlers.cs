using Microsoft.AspNetCore.Http;
using Workers.Api.Assets;
using Workers.Api.Http;
using Workers.Api.Problems;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Assets;
using Workers.Jobs.Configuration;
using Workers.Jobs.Text;
using Workers.Jobs.Watching;

namespace Workers.Api.Watching;

/// <summary>Filters and place of a list of watched files; all filters must hold.</summary>
/// <param name="Root">The root; may be left out where only one is watched.</param>
/// <param name="Folder">Files beneath this folder of it.</param>
/// <param name="State">Files with a call in that state.</param>
/// <param name="Uses">Names a file of that name, or with a path that ends so.</param>
/// <param name="Missing">true: names something that was missing.</param>
/// <param name="PageSize">At most that many.</param>
/// <param name="PageToken">Where to go on.</param>
internal sealed record FileListParameters(
    string? Root, string? Folder, string? State, string? Uses, bool? Missing, int? PageSize, string? PageToken);

/// <summary>GET /v1/files: what is in watched folders, and what was made of it.</summary>
internal sealed class FileHandlers(WatchStore store, LinkIndex links, ServerSettings settings)
{
    /// <summary>By path; by what they name, newest inspected first.</summary>
    public async Task<IResult> ListAsync(HttpContext context, FileListParameters parameters)
    {
        var root = RootOf(parameters.Root);
        var prefix = string.IsNullOrEmpty(parameters.Folder) ? "" : parameters.Folder.Trim('/') + "/";
        var size = PageTokens.Size(parameters.PageSize);
        var byLinks = new AssetListParameters(null, null, parameters.Uses, parameters.Missing, null, null);
        var (files, next) = byLinks.ByLinks
            ? await LinkingAsync(root, prefix, byLinks, parameters.PageToken, size, context.RequestAborted)
            : await ByPathAsync(root, prefix, parameters.PageToken, size, context.RequestAborted);
        var fitting = files.Where(file => parameters.State is null || file.Calls.Values.Any(call => call.State == parameters.State));
        PageTokens.LinkNext(context, next);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new FileListDocument([.. fitting], next), WireJson.Readable.FileListDocument);
    }

    private string RootOf(string? asked)
    {
        var watched = settings.Watch.Select(watch => watch.Root).Distinct().ToList();
        if (asked is null && watched.Count == 1)
            return watched[0];
        if (asked is not null && watched.Contains(asked))
            return asked;
        throw new Problem(
            ProblemKinds.MalformedRequest,
            watched.Count == 0 ? "No folders are watched on this server; \"watch\" in its configuration names them."
            : asked is null ? $"Name one of the roots that are watched: ?root= {string.Join(", ", watched)}."
            : $"The root '{asked}' is not watched.{NearestName.Hint(asked, watched)}").AsException();
    }

    private async Task<(IReadOnlyList<FileDocument> Files, string? Next)> ByPathAsync(
        string root, string prefix, string? pageToken, int size, CancellationToken cancellation)
    {
        var page = await store.ListAsync(root, prefix, PageTokens.ReadName(pageToken), size, cancellation);
        return ([.. page.Select(file => Document(root, file.Key, file.Value))], page.Count == size ? PageTokens.Write(page[^1].Key) : null);
    }

    private async Task<(IReadOnlyList<FileDocument> Files, string? Next)> LinkingAsync(
        string root, string prefix, AssetListParameters asked, string? pageToken, int size, CancellationToken cancellation)
    {
        var offset = (int)Math.Min(PageTokens.Read(pageToken) ?? 0, int.MaxValue - size);
        var (page, more) = await links.ListAsync(LinkSubject.File, asked.Uses, offset, size, cancellation);
        var beneath = $"{RootFiles.Prefix}{root}/";
        var files = new List<FileDocument>();
        foreach (var linked in page.Where(file => file.Id.StartsWith(beneath + prefix, StringComparison.Ordinal)))
        {
            var asks = linked.Links.Where(asked.Asks).Select(link => new LinkDocument(link.Kind, link.Path, link.Missing)).ToList();
            var path = linked.Id[beneath.Length..];
            if (asks.Count > 0 && await store.FindAsync(root, path, cancellation) is { } file)
                files.Add(Document(root, path, file) with { Links = asks });
        }

        return (files, more ? PageTokens.Write(offset + size) : null);
    }

    private static FileDocument Document(string root, string path, WatchedFile file) => new()
    {
        File = $"{RootFiles.Prefix}{root}/{path}",
        Size = file.Size,
        ModifiedAt = file.ModifiedAt,
        Calls = file.Calls.OrderBy(call => call.Key, StringComparer.Ordinal).ToDictionary(
            call => call.Key,
            call => new FileCallDocument(
                call.Value.State, call.Value.Job, call.Value.Asset,
                call.Value.Asset is { } asset ? $"/v1/assets/sha256/{AssetId.Hex(asset)}" : null, call.Value.Message)),
    };
}
