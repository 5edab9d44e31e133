using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Workers.Testing;

namespace Workers.Bench.Report;

/// <summary>What the figures were measured on.</summary>
internal sealed class Machine
{
    private readonly string load = LoadAverage();

    /// <summary>One paragraph: processor, system, programs, load.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores ({Processor()}), {RuntimeInformation.OSDescription}, .NET {Environment.Version}, "
        + $"Redis {FirstLine(TestRedis.Program, "--version")}, {FirstLine(Programs.Blender ?? "", "--version") ?? "no Blender"}. "
        + $"Load average when it began: {load}.");

    /// <summary>1, 5 and 15 minutes.</summary>
    public static string LoadAverage() =>
        File.Exists("/proc/loadavg") ? string.Join(", ", File.ReadAllText("/proc/loadavg").Split(' ').Take(3)) : "unknown";

    private static string Processor()
    {
        const string Info = "/proc/cpuinfo";
        var line = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string? FirstLine(string program, string argument)
    {
        if (program.Length == 0) return null;
        using var process = Process.Start(new ProcessStartInfo(program, [argument]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var line = process.StandardOutput.ReadLine();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return line?.Replace("Redis server ", "", StringComparison.Ordinal).Split(" sha=")[0];
    }
}
