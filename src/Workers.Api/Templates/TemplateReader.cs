using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Workers.Api.Jobs;
using Workers.Api.Problems;
using Workers.Api.Schemas;
using Workers.Contracts;
using Workers.Jobs;

namespace Workers.Api.Templates;

/// <summary>Reads a template's definition: every field's name, type and range, and that the parameters do not get in each other's way.</summary>
internal static partial class TemplateReader
{
    /// <summary>Parameters of a template.</summary>
    public const int MostParameters = 32;

    /// <summary>Workers on which a template's file may be kept open.</summary>
    public const int MostWarm = 64;

    private static readonly string[] Names =
        ["description", "engine", "function", "input", "parameters", "limits", "maxAgeSeconds", "timeoutSeconds", "warm", "placeholder"];

    // They mean something else in a query or a signed URL.
    private static readonly HashSet<string> Reserved =
        ["version", "expires", "wait", "priority", "timeoutSeconds", "tag", "supersedes", "engine", "filename", "format"];

    /// <summary>Reads a definition.</summary>
    /// <exception cref="ProblemException">422 with every wrong place.</exception>
    public static Template Read(JsonObject definition)
    {
        var fields = new FieldReader(definition, Names);
        List<ProblemError> errors = [];
        var template = new Template
        {
            Description = fields.Text("description", 1000),
            Engine = fields.Name("engine"),
            Function = fields.Name("function") ?? fields.Missing("function"),
            Input = fields.Object("input") ?? [],
            MaxAge = TimeSpan.FromSeconds(fields.Integer("maxAgeSeconds", 0, 31_536_000) ?? 60),
            TimeoutSeconds = fields.Number("timeoutSeconds", 0.001, JobLimits.TimeoutSeconds),
            Warm = (int)(fields.Integer("warm", 0, MostWarm) ?? 0),
            Parameters = [.. Parameters(fields.Object("parameters") ?? [], errors).OrderBy(parameter => parameter.Name, StringComparer.Ordinal)],
            Limits = fields.Object("limits") is { } limits ? Limits(limits, errors) : PixelLimits.Default,
            Placeholder = fields.Object("placeholder") is { } placeholder ? ReadPlaceholder(placeholder, errors) : null,
        };
        FindCollisions(template.Parameters, errors);
        errors.InsertRange(0, fields.Errors);
        return errors.Count == 0 ? template : throw EnvelopeReader.Wrong(errors);
    }

    private static IEnumerable<TemplateParameter> Parameters(JsonObject written, List<ProblemError> errors)
    {
        if (written.Count > MostParameters)
        {
            errors.Add(new ProblemError("/parameters", $"There are {written.Count}; at most {MostParameters} may be."));
            yield break;
        }

        foreach (var (name, node) in written)
        {
            var root = JsonPointer.Child("/parameters", name);
            if (!NamePattern().IsMatch(name))
                errors.Add(new ProblemError(root, "Names begin with a letter and have at most 32 letters, digits and _."));
            else if (Reserved.Contains(name))
                errors.Add(new ProblemError(root, $"'{name}' means something else in a query; choose another name."));
            else if (node is not JsonObject definition)
                errors.Add(new ProblemError(root, "Must be an object with type and drives."));
            else if (new ParameterReader(definition, root, errors).Read(name) is { } parameter)
                yield return parameter;
        }
    }

    private static PixelLimits Limits(JsonObject written, List<ProblemError> errors)
    {
        var fields = new FieldReader(written, ["width", "height", "pixels"], "/limits");
        var (width, height) = (fields.Integer("width", 1, 65_536), fields.Integer("height", 1, 65_536));
        var pixels = fields.Integer("pixels", 1, 268_435_456);
        errors.AddRange(fields.Errors);
        return new PixelLimits(
            width ?? PixelLimits.Default.Width, height ?? PixelLimits.Default.Height, pixels ?? PixelLimits.Default.Pixels);
    }

    private static Placeholder? ReadPlaceholder(JsonObject written, List<ProblemError> errors)
    {
        var fields = new FieldReader(written, ["asset", "afterSeconds"], "/placeholder");
        var asset = fields.Text("asset", 100) ?? fields.Missing("asset");
        var after = TimeSpan.FromSeconds(fields.Number("afterSeconds", 0, 60) ?? 1);
        errors.AddRange(fields.Errors);
        if (AssetId.TryParse(asset, out var hex))
            return new Placeholder(hex, after);
        errors.Add(new ProblemError("/placeholder/asset", "Must be a stored picture: sha256: and 64 lower-case hex digits."));
        return null;
    }

    private static void FindCollisions(IReadOnlyList<TemplateParameter> parameters, List<ProblemError> errors)
    {
        var drives = parameters.SelectMany(parameter => parameter.Drives, (parameter, drive) => (Parameter: parameter, Drive: drive)).ToList();
        for (var i = 0; i < drives.Count; i++)
        {
            if (drives.Take(i).FirstOrDefault(known => known.Drive.CollidesWith(drives[i].Drive)) is { Parameter: { } first })
            {
                errors.Add(new ProblemError(
                    JsonPointer.Child("/parameters", drives[i].Parameter.Name) + "/drives",
                    $"{drives[i].Drive.Pointer} is set by '{first.Name}' too; one place has one parameter (several may add to an array: /hide/-)."));
            }

            if (drives[i].Drive.Covers("/format"))
                errors.Add(new ProblemError(
                    JsonPointer.Child("/parameters", drives[i].Parameter.Name) + "/drives",
                    "The format is chosen by the request (.png, .webp, Accept), not by a parameter."));
        }
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_]{0,31}\z")]
    private static partial Regex NamePattern();
}
