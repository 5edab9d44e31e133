using Microsoft.Extensions.DependencyInjection;
using Workers.Blobs.S3;
using Workers.Jobs.Assets;
using Workers.Jobs.Configuration;

namespace Workers.Blobs;

/// <summary>Adds the blob store that the settings name.</summary>
public static class BlobServices
{
    /// <summary>Adds <see cref="IBlobStore"/>: S3, or the folder <c>blobs</c> in the data folder; and what is on its way to it.</summary>
    public static IServiceCollection AddWorkersBlobs(this IServiceCollection services, ServerSettings settings) =>
        services.AddSingleton(_ => new BlobCache())
            .AddSingleton(provider => new ArrivingBlobs(
                Store(settings, provider.GetRequiredService<BlobCache>()),
                provider.GetRequiredService<ArrivingBytes>(),
                provider.GetRequiredService<BlobCache>()))
            .AddSingleton<IBlobStore>(provider => provider.GetRequiredService<ArrivingBlobs>());

    private static IBlobStore Store(ServerSettings settings, BlobCache cache)
    {
        if (settings.S3 is not { } s3)
            return new FolderBlobStore(Path.Combine(settings.Data, "blobs"), durable: settings.Durability == "always", cache);
        var copies = new LocalCopies(Path.Combine(settings.Data, "blob-copies"), s3.CacheBytes, cache);
        return new S3BlobStore(S3Client.Of(s3), s3, copies);
    }
}
