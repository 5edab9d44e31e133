namespace Workers.Api.Security;

/// <summary>What a caller may do; each includes those before it.</summary>
public enum Role
{
    /// <summary>Everybody, key or not (probes, documents).</summary>
    None,

    /// <summary>Look.</summary>
    Read,

    /// <summary>Submit, cancel, upload.</summary>
    Submit,

    /// <summary>Nodes, workers, engines.</summary>
    Admin,
}
