namespace Workers.Api.Caching;

/// <summary>What decides a result, in one digest; and what must still hold for the key to be that of a call made now. May be remembered.</summary>
/// <param name="Text">SHA-256 in hex over the engine's build, the function, its input and the content of every file that the input names.</param>
/// <param name="Engine">The engine.</param>
/// <param name="Build">The build that the engine had.</param>
/// <param name="Files">Files below roots that the input names (<c>root:NAME/path</c>) with the SHA-256 that they had.</param>
internal sealed record CacheKey(string Text, string Engine, string Build, IReadOnlyDictionary<string, string> Files);
