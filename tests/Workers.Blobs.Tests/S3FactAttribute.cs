using Workers.Testing;
using Xunit;

namespace Workers.Blobs.Tests;

/// <summary>A test that needs the S3-speaking server; skipped where it isn't installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class S3FactAttribute : FactAttribute
{
    /// <summary>Looks for it.</summary>
    public S3FactAttribute() => Skip = S3Server.Missing;
}
