using Microsoft.Extensions.DependencyInjection;
using Workers.Jobs.Assets;
using Workers.Jobs.Configuration;

namespace Workers.Blobs;

/// <summary>Adds the blob store that the settings name.</summary>
public static class BlobServices
{
    /// <summary>Adds <see cref="IBlobStore"/>: the folder <c>blobs</c> in the data folder, and what is on its way to it.</summary>
    public static IServiceCollection AddWorkersBlobs(this IServiceCollection services, ServerSettings settings) =>
        services.AddSingleton(_ => new BlobCache())
            .AddSingleton(provider => new ArrivingBlobs(
                new FolderBlobStore(
                    Path.Combine(settings.Data, "blobs"), durable: settings.Durability == "always", provider.GetRequiredService<BlobCache>()),
                provider.GetRequiredService<ArrivingBytes>(),
                provider.GetRequiredService<BlobCache>()))
            .AddSingleton<IBlobStore>(provider => provider.GetRequiredService<ArrivingBlobs>());
}
