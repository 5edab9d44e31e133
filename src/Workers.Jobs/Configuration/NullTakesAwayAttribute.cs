namespace Workers.Jobs.Configuration;

/// <summary>Of a map: null under a name takes away what would be there without it. In other maps null is no value.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NullTakesAwayAttribute : Attribute;
