namespace Workers.Blobs;

/// <summary>The store cannot take or give bytes just now: no answer, no permission, no space. HTTP: 503. Trying again later may help.</summary>
/// <param name="message">What failed and why.</param>
/// <param name="inner">The cause.</param>
public sealed class BlobStoreUnavailableException(string message, Exception inner) : IOException(message, inner);
