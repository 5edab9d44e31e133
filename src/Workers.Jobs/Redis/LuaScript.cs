namespace Workers.Jobs.Redis;

/// <summary>One Lua script, composed from its file, the key names, the transition rows it names and the shared functions it includes.</summary>
public sealed class LuaScript
{
    /// <summary>File name without <c>.lua</c>.</summary>
    public string Name => throw new NotImplementedException();

    /// <summary>The composed text that Redis gets.</summary>
    public string Text => throw new NotImplementedException();

    /// <summary>SHA-1 of <see cref="Text"/>, 20 bytes: how EVALSHA names it.</summary>
    public byte[] Hash => throw new NotImplementedException();
}
