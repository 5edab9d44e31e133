namespace Workers.Server.Tests.Contract;

/// <summary>A request that a confused or hostile client may send.</summary>
/// <param name="Operation">What it was made from.</param>
/// <param name="Path">Escaped, without the query.</param>
/// <param name="Query">With its question mark, or empty.</param>
/// <param name="Headers">Names and values.</param>
/// <param name="MediaType">Of the body.</param>
/// <param name="Body">The body, or null.</param>
internal sealed record HostileRequest(
    Operation Operation, string Path, string Query, IReadOnlyList<(string Name, string Value)> Headers, string? MediaType, byte[]? Body)
{
    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(new HttpMethod(Operation.Method), Path + Query);
        foreach (var (name, value) in Headers)
            message.Headers.TryAddWithoutValidation(name, value);
        if (Body is null)
            return message;
        message.Content = new ByteArrayContent(Body);
        if (MediaType is not null)
            message.Content.Headers.TryAddWithoutValidation("Content-Type", MediaType);
        return message;
    }

    public override string ToString() => $"{Operation.Method} {Path}{Query} {string.Join(" ", Headers)} {MediaType} {Show(Body)}";

    private static string Show(byte[]? body) => body is null ? "" : System.Text.Encoding.Latin1.GetString(body.AsSpan(0, Math.Min(body.Length, 600)));
}
