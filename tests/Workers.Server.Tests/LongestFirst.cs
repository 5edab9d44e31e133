using Xunit.Abstractions;

namespace Workers.Server.Tests;

/// <summary>Begins with what several classes share, one after the other: that takes longest, and should not begin when all else is over.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => collection.CollectionDefinition is null).ThenBy(collection => collection.DisplayName, StringComparer.Ordinal);
}
