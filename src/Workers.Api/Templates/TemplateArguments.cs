using System.Text.Json.Nodes;
using Workers.Api.Schemas;
using Workers.Contracts;
using Workers.Jobs.Text;

namespace Workers.Api.Templates;

/// <summary>Values for all parameters of a template, defaults filled in.</summary>
internal sealed class TemplateArguments
{
    private readonly Template template;
    private readonly Dictionary<string, ParameterValue> values = [];

    private TemplateArguments(Template template) => this.template = template;

    /// <summary>One text for each set of values: names in order, each with its value.</summary>
    public string Canonical => string.Join(
        '&', template.Parameters.Where(parameter => values.ContainsKey(parameter.Name))
            .Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(values[parameter.Name].Text)}"));

    /// <summary>The one way to write a parameter's value in a URL; null where it has none.</summary>
    public string? TextOf(string name) => values.GetValueOrDefault(name)?.Text;

    /// <summary>The values as a caller would send them.</summary>
    public JsonObject ToJson() => new(values.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value.Json.DeepClone())));

    /// <summary>Values that are known to fit, beside the defaults; a parameter may stay without one.</summary>
    public static TemplateArguments Of(Template template, IEnumerable<(TemplateParameter Parameter, ParameterValue Value)> given)
    {
        var arguments = new TemplateArguments(template);
        foreach (var (parameter, value) in given)
            arguments.values[parameter.Name] = value;
        foreach (var parameter in template.Parameters)
        {
            if (parameter.Default is { } preset)
                arguments.values.TryAdd(parameter.Name, preset);
        }

        return arguments;
    }

    /// <summary>Values that a caller sent.</summary>
    /// <param name="template">Says which there are.</param>
    /// <param name="given">Name and value: of JSON as it is, of a query or URL as text.</param>
    /// <param name="errors">Gets everything that is wrong.</param>
    public static TemplateArguments Read(Template template, IEnumerable<(string Name, object? Value)> given, List<ProblemError> errors)
    {
        List<(TemplateParameter, ParameterValue)> fitting = [];
        HashSet<string> seen = [];
        foreach (var (name, written) in given)
        {
            var pointer = JsonPointer.Child("", name);
            if (!seen.Add(name))
                errors.Add(new ProblemError(pointer, "Is given more than once."));
            else if (template.Parameters.FirstOrDefault(known => known.Name == name) is not { } parameter)
                errors.Add(new ProblemError(pointer, Unknown(template, name)));
            else
            {
                var value = written is string text ? ParameterValue.Parse(parameter.Type, text) : ParameterValue.Of(parameter.Type, (JsonNode?)written);
                if (parameter.Fault(value) is { } fault)
                    errors.Add(new ProblemError(pointer, fault));
                else
                    fitting.Add((parameter, value!));
            }
        }

        foreach (var parameter in template.Parameters.Where(parameter => parameter.Default is null && !seen.Contains(parameter.Name)))
            errors.Add(new ProblemError("/" + parameter.Name, "Is required."));
        return Of(template, fitting);
    }

    /// <summary>The function's input: what is fixed, and every value where it belongs.</summary>
    /// <param name="misplaced">Gets parameters whose place cannot be set.</param>
    public JsonObject ToInput(List<TemplateParameter>? misplaced = null)
    {
        var input = template.Input.DeepClone().AsObject();
        foreach (var parameter in template.Parameters)
        {
            if (!values.TryGetValue(parameter.Name, out var value))
                continue;
            foreach (var drive in parameter.Drives)
            {
                if (!drive.Set(input, value))
                    misplaced?.Add(parameter);
            }
        }

        return input;
    }

    private static string Unknown(Template template, string name)
    {
        var names = template.Parameters.Select(parameter => parameter.Name).ToList();
        return names.Count == 0 ? "This template has no parameters."
            : $"There is no parameter '{name}'.{NearestName.Hint(name, names)} There are {string.Join(", ", names)}.";
    }
}
