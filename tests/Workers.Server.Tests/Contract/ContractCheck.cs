using System.Text.Json;
using System.Text.Json.Nodes;

namespace Workers.Server.Tests.Contract;

/// <summary>What came back for a request.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="MediaType">Of the body; empty without one.</param>
/// <param name="Body">Its text; empty for HEAD.</param>
internal sealed record Answer(int Status, string MediaType, string Body);

/// <summary>Holds answers against the OpenAPI document: nothing is answered that it does not announce.</summary>
internal sealed class ContractCheck(IReadOnlyList<Operation> operations)
{
    // What is said where no operation was reached.
    private static readonly string[] OfNoOperation = ["route_not_found", "method_not_allowed"];
    private static readonly string[] Needed = ["title", "detail", "traceId"];

    /// <summary>What is wrong with an answer, or null.</summary>
    public string? Fault(string method, string escapedPath, Answer answer)
    {
        if (answer.Status is 500)
            return "the server failed";
        var candidates = operations.Where(operation => operation.Takes(method, escapedPath)).ToList();
        if (answer.Status >= 400 && method != "HEAD")
            return FaultOfProblem(candidates, answer);
        var announced = candidates.Select(operation => operation.Answers.GetValueOrDefault(answer.Status)).OfType<AnnouncedAnswer>().ToList();
        if (announced.Count == 0 && !(method == "HEAD" && answer.Status is 404 or 405))
            return $"status {answer.Status} is not announced";
        // Not of stored bytes: what somebody uploaded as JSON need not be any.
        var isDocument = answer.MediaType == "application/json" && announced.Any(one => one.MediaTypes.Contains(answer.MediaType));
        return isDocument && method != "HEAD" && Parsed(answer.Body) is null ? "its JSON cannot be read" : null;
    }

    private static string? FaultOfProblem(List<Operation> candidates, Answer answer)
    {
        if (answer.MediaType != "application/problem+json")
            return $"an error as '{answer.MediaType}'";
        if (Parsed(answer.Body) is not JsonObject problem)
            return "its problem cannot be read";
        var code = (string?)problem["code"] ?? "";
        if ((int?)problem["status"] != answer.Status || (string?)problem["type"] != $"urn:workers:problem:{code}")
            return "its problem contradicts itself";
        if (Needed.FirstOrDefault(name => string.IsNullOrEmpty((string?)problem[name])) is { } missing)
            return $"its problem has no {missing}";
        return OfNoOperation.Contains(code) || candidates.Any(operation => operation.Answers.GetValueOrDefault(answer.Status)?.Codes.Contains(code) == true)
            ? null : $"{answer.Status} {code} is not announced";
    }

    /// <summary>A text as JSON; null where it is none.</summary>
    public static JsonNode? Parsed(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
