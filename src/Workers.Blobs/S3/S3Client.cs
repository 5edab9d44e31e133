using Amazon.Runtime;
using Amazon.S3;
using Workers.Jobs.Configuration;

namespace Workers.Blobs.S3;

/// <summary>The client as every S3-speaking server understands it. Credentials: the environment's, as the SDK finds them.</summary>
internal static class S3Client
{
    private static readonly TimeSpan LongestTransfer = TimeSpan.FromHours(2);
    private const int Retries = 2;

    /// <summary>A client for the settings.</summary>
    public static IAmazonS3 Of(S3Settings settings) => new AmazonS3Client(new AmazonS3Config
    {
        ServiceURL = settings.Endpoint,
        AuthenticationRegion = settings.Region,
        ForcePathStyle = settings.PathStyle,
        Timeout = LongestTransfer, // The store itself limits each request by its size.
        MaxErrorRetry = Retries,
        // Checksums that only Amazon's own servers know; every blob's SHA-256 is checked here anyway.
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
    });
}
