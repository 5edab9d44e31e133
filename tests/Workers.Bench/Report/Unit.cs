using System.Globalization;

namespace Workers.Bench.Report;

/// <summary>What a figure counts.</summary>
internal enum Unit
{
    /// <summary>Seconds; shown as µs, ms or s.</summary>
    Seconds,

    /// <summary>How many times one is the other.</summary>
    Ratio,

    /// <summary>Events per second.</summary>
    PerSecond,

    /// <summary>Things.</summary>
    Count,

    /// <summary>Bytes; shown as bytes or MB.</summary>
    Bytes,
}

/// <summary>Figures as people read them.</summary>
internal static class UnitText
{
    /// <summary>The value with three digits that count, and its unit.</summary>
    public static string Show(this Unit unit, double value) => unit switch
    {
        Unit.Seconds when value < 0.001 => Digits(value * 1e6) + " µs",
        Unit.Seconds when value < 1 => Digits(value * 1e3) + " ms",
        Unit.Seconds => Digits(value) + " s",
        Unit.Ratio => value.ToString("0.000", CultureInfo.InvariantCulture) + "×",
        Unit.PerSecond => Digits(value) + "/s",
        Unit.Count => Digits(value),
        _ when value >= 1e6 => Digits(value / 1e6) + " MB",
        _ => Digits(value) + " B",
    };

    private static string Digits(double value) =>
        value.ToString(Math.Abs(value) switch { < 10 => "0.00", < 100 => "0.0", < 10_000 => "0", _ => "#,0" }, CultureInfo.InvariantCulture);
}
