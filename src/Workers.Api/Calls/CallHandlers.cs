using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Workers.Api.Engines;
using Workers.Api.Jobs;
using Workers.Contracts;
using Workers.Jobs;

namespace Workers.Api.Calls;

/// <summary>Calls that wait: reads what is asked, chooses the engine, and has it run.</summary>
internal sealed class CallHandlers(
    EngineCatalog catalog, CallBodyReader bodies, FunctionSelector selector, JobPreparer preparer, CallRunner runner)
{
    /// <summary>Runs a function.</summary>
    /// <param name="context">The request: body, wishes, client.</param>
    /// <param name="function">The function's name.</param>
    /// <param name="engine">The engine's name; null: the default for the function and file type.</param>
    public async Task<IResult> CallAsync(HttpContext context, string function, string? engine)
    {
        var request = context.Request;
        var candidates = FunctionSelector.Candidates(await catalog.LastKnownAsync(context.RequestAborted), function, engine);
        var body = await bodies.ReadAsync(context);
        var chosen = await selector.ChooseAsync(candidates, function, body, context.RequestAborted);
        var view = chosen.Functions[function];
        var input = body.ToInput(view);
        var wantsJob = PictureFormats.Agree(request, chosen, view, input);
        var prepared = await preparer.PrepareAsync(context, Specification(request, chosen, function, input), chosen, view, root: "");
        return await runner.RunAsync(context, prepared, wantsJob);
    }

    /// <summary>A call with the wishes of its query: priority, time limit, tags, superseding key.</summary>
    /// <exception cref="Problems.ProblemException">422: a wish is wrong.</exception>
    public static JobSpecification Specification(HttpRequest request, EngineView engine, string function, JsonObject input)
    {
        var query = request.Query;
        List<ProblemError> errors = [];
        double? Number(string name, double least, double most)
        {
            if (query[name].FirstOrDefault() is not { } text)
                return null;
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
                return value;
            errors.Add(new ProblemError("/" + name, string.Create(CultureInfo.InvariantCulture, $"Must be a number from {least} to {most}.")));
            return null;
        }

        string? Key(string name)
        {
            if (query[name].FirstOrDefault() is not { Length: > 0 } key)
                return null;
            if (key.Length > JobLimits.KeyLength || key.Any(char.IsControl))
                errors.Add(new ProblemError("/" + name, $"Must have at most {JobLimits.KeyLength} characters, none of them a control character."));
            return key;
        }

        var specification = new JobSpecification
        {
            Engine = engine.Name,
            Function = function,
            Input = input,
            TimeoutSeconds = Number("timeoutSeconds", 0.001, JobLimits.TimeoutSeconds),
            Priority = (int)(Number("priority", 0, 100) ?? Priorities.Normal),
            Supersedes = Key("supersedes"),
            Tags =
            [
                .. query["tag"].OfType<string>().Where(tag => tag.Length is > 0 and <= JobLimits.TagLength && !tag.Any(char.IsControl))
                    .Distinct().Take(JobLimits.Tags),
            ],
        };
        return errors.Count == 0 ? specification : throw EnvelopeReader.Wrong(errors);
    }
}
