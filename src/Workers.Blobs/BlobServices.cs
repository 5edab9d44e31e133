using Microsoft.Extensions.DependencyInjection;
using Workers.Jobs.Configuration;

namespace Workers.Blobs;

/// <summary>Adds the blob store that the settings name.</summary>
public static class BlobServices
{
    /// <summary>Adds <see cref="IBlobStore"/>: the folder <c>blobs</c> in the data folder.</summary>
    public static IServiceCollection AddWorkersBlobs(this IServiceCollection services, ServerSettings settings) =>
        services.AddSingleton(_ => new BlobCache()).AddSingleton<IBlobStore>(provider => new FolderBlobStore(
            Path.Combine(settings.Data, "blobs"), durable: settings.Durability == "always", provider.GetRequiredService<BlobCache>()));
}
