using Workers.Api.Problems;
using Workers.Jobs.Assets;

namespace Workers.Api.Assets;

/// <summary>Filters and place of a list of assets; all filters must hold.</summary>
/// <param name="Name">File name it came with.</param>
/// <param name="MediaType">Its type.</param>
/// <param name="Uses">Names a file of that name, or with a path that ends so.</param>
/// <param name="Missing">true: names something that was missing.</param>
/// <param name="PageSize">At most that many.</param>
/// <param name="PageToken">Where to go on.</param>
internal sealed record AssetListParameters(string? Name, string? MediaType, string? Uses, bool? Missing, int? PageSize, string? PageToken)
{
    private const int LongestPath = 1000;

    /// <summary>Whether it is about what assets name.</summary>
    /// <exception cref="ProblemException">400: it cannot be asked so.</exception>
    public bool ByLinks
    {
        get
        {
            if (Missing == false)
                throw Malformed("missing is true or left out: what misses nothing is not listed.");
            if (Uses is not null && (Uses.Length > LongestPath || FileLink.NameOf(Uses).Length == 0))
                throw Malformed($"uses is a file's name or the end of its path, at most {LongestPath} characters.");
            return Missing is not null || Uses is not null;
        }
    }

    /// <summary>Whether a link is one of those asked for.</summary>
    public bool Asks(FileLink link) => (Missing is null || link.Missing) && (Uses is null || link.Is(Uses));

    private static ProblemException Malformed(string detail) => new Problem(ProblemKinds.MalformedRequest, detail).AsException();
}
