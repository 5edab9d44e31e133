using System.Globalization;
using System.Text;

namespace Workers.Api.Metrics;

/// <summary>
/// Writes the Prometheus text format 0.0.4. Small and ours because neither prometheus-net nor OpenTelemetry.Exporter.Prometheus.AspNetCore restores
/// from the registry this builds against; either would replace this file and <see cref="Histogram"/>.
/// </summary>
internal sealed class PrometheusText
{
    /// <summary>The format's media type.</summary>
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new();

    /// <summary>Begins a family of samples.</summary>
    public void Family(string name, string type, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    /// <summary>Adds a sample.</summary>
    public void Sample(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        text.Append(name);
        AppendLabels(labels);
        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <summary>Adds a histogram with one label.</summary>
    public void Samples(string name, Histogram histogram, (string Name, string Value) label)
    {
        var (counts, sum) = histogram.Read();
        long below = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            below += counts[i];
            var end = i < Histogram.Bounds.Count ? Histogram.Bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
            Sample(name + "_bucket", below, label, ("le", end));
        }

        Sample(name + "_sum", sum, label);
        Sample(name + "_count", below, label);
    }

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

    private void AppendLabels(ReadOnlySpan<(string Name, string Value)> labels)
    {
        if (labels.IsEmpty)
            return;
        var separator = '{';
        foreach (var (name, value) in labels)
        {
            var escaped = value
                .Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(separator).Append(name).Append("=\"").Append(escaped).Append('"');
            separator = ',';
        }

        text.Append('}');
    }
}
