using NJsonSchema;
using NJsonSchema.Validation;
using Workers.Contracts;
using Workers.Jobs.Text;

namespace Workers.Api.Schemas;

/// <summary>Says what the validator found in words that tell what would be right.</summary>
internal static class SchemaErrors
{
    /// <summary>The error itself, or those of the branch (anyOf, oneOf, several types) that came nearest.</summary>
    public static IEnumerable<ValidationError> Flatten(ValidationError error) => error switch
    {
        ChildSchemaValidationError { Kind: ValidationErrorKind.AdditionalPropertiesNotValid or ValidationErrorKind.ArrayItemNotValid } inner =>
            inner.Errors.Values.SelectMany(below => below).SelectMany(Flatten),
        MultiTypeValidationError types when Nearest(types.Errors.Values) is { } branch => branch.SelectMany(Flatten),
        ChildSchemaValidationError children when Nearest(children.Errors.Values) is { } branch => branch.SelectMany(Flatten),
        _ => [error],
    };

    /// <summary>Where and what.</summary>
    /// <param name="error">What the validator found.</param>
    /// <param name="pointer">Of the token it found it at.</param>
    /// <param name="names">Names that are known where the token stands.</param>
    public static ProblemError Describe(ValidationError error, string pointer, IEnumerable<string> names)
    {
        var schema = error.Schema.ActualSchema;
        return error.Kind switch
        {
            ValidationErrorKind.PropertyRequired => new(JsonPointer.Child(pointer, error.Property), "Is required."),
            ValidationErrorKind.NoAdditionalPropertiesAllowed =>
                new(pointer, $"There is no '{error.Property}' here.{NearestName.Hint(error.Property, names)}"),
            ValidationErrorKind.NotInEnumeration => new(pointer, $"Must be one of {string.Join(", ", schema.Enumeration)}."),
            ValidationErrorKind.NumberTooSmall => new(
                pointer, schema.ExclusiveMinimum is { } above ? $"Must be more than {above}." : $"Must be at least {schema.Minimum}."),
            ValidationErrorKind.NumberTooBig => new(
                pointer, schema.ExclusiveMaximum is { } below ? $"Must be less than {below}." : $"Must be at most {schema.Maximum}."),
            ValidationErrorKind.StringTooShort => new(pointer, $"Must have at least {schema.MinLength} characters."),
            ValidationErrorKind.StringTooLong => new(pointer, $"Must have at most {schema.MaxLength} characters."),
            ValidationErrorKind.PatternMismatch => new(pointer, $"Must match {schema.Pattern}."),
            ValidationErrorKind.TooFewItems => new(pointer, $"Must have at least {schema.MinItems} items."),
            ValidationErrorKind.TooManyItems => new(pointer, $"Must have at most {schema.MaxItems} items."),
            ValidationErrorKind.NoTypeValidates => new(pointer, $"Must be {Types(schema)}."),
            _ when Expected(error.Kind) is { } type => new(pointer, $"Must be {type}."),
            _ => new(pointer, $"Does not fit the schema ({error.Kind})."),
        };
    }

    // A branch whose very type is another did not come near at all; where every one is, the plain error names the types.
    private static ICollection<ValidationError>? Nearest(IEnumerable<ICollection<ValidationError>> branches) =>
        branches.Where(branch => branch.Count > 0 && branch.All(error => Expected(error.Kind) is null || error is ChildSchemaValidationError))
            .MinBy(branch => branch.Count);

    private static string? Expected(ValidationErrorKind kind) => kind switch
    {
        ValidationErrorKind.StringExpected => "a string",
        ValidationErrorKind.NumberExpected => "a number",
        ValidationErrorKind.IntegerExpected => "an integer",
        ValidationErrorKind.BooleanExpected => "true or false",
        ValidationErrorKind.ObjectExpected => "an object",
        ValidationErrorKind.ArrayExpected => "an array",
        ValidationErrorKind.NullExpected => "null",
        _ => null,
    };

    private static string Types(JsonSchema schema) => string.Join(
        " or ",
        new[]
        {
            (JsonObjectType.String, "a string"), (JsonObjectType.Integer, "an integer"), (JsonObjectType.Number, "a number"),
            (JsonObjectType.Boolean, "true or false"), (JsonObjectType.Object, "an object"),
            (JsonObjectType.Array, "an array"), (JsonObjectType.Null, "null"),
        }.Where(type => schema.Type.HasFlag(type.Item1)).Select(type => type.Item2));
}
