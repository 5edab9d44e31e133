using NJsonSchema;
using NJsonSchema.Validation;
using Workers.Contracts;

namespace Workers.Api.Schemas;

/// <summary>Says what the validator found in words that tell what would be right.</summary>
internal static class SchemaErrors
{
    /// <summary>The error itself, or those of the branch (anyOf, oneOf) that came nearest.</summary>
    public static IEnumerable<ValidationError> Flatten(ValidationError error) =>
        error is ChildSchemaValidationError children && children.Errors.Count > 0
            ? children.Errors.MinBy(branch => branch.Value.Count).Value.SelectMany(Flatten)
            : [error];

    /// <summary>Where and what.</summary>
    /// <param name="error">What the validator found.</param>
    /// <param name="pointer">Of the token it found it at.</param>
    public static ProblemError Describe(ValidationError error, string pointer)
    {
        var schema = error.Schema.ActualSchema;
        return error.Kind switch
        {
            ValidationErrorKind.PropertyRequired => new(JsonPointer.Child(pointer, error.Property), "Is required."),
            ValidationErrorKind.NoAdditionalPropertiesAllowed => Unknown(error, pointer, schema),
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
            _ when Expected(error.Kind) is { } type => new(pointer, $"Must be {type}{OrNull(schema)}."),
            _ => new(pointer, $"Does not fit the schema ({error.Kind})."),
        };
    }

    private static ProblemError Unknown(ValidationError error, string pointer, JsonSchema schema) =>
        new(pointer, $"There is no '{error.Property}' here.{NearestName.Hint(error.Property, schema.Properties.Keys)}");

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

    private static string OrNull(JsonSchema schema) =>
        schema.Type.HasFlag(JsonObjectType.Null) && schema.Type != JsonObjectType.Null ? " or null" : "";
}
