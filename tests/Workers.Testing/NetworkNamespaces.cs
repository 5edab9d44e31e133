using System.Diagnostics;
using System.Globalization;

namespace Workers.Testing;

/// <summary>
/// Network namespaces joined by a bridge to this machine's own: each has an address of its own and no other network, as machines on one switch have.
/// Takes everything down again, also what an earlier run that was killed left.
/// </summary>
public sealed class NetworkNamespaces : IDisposable
{
    private const string Prefix = "wkt";
    private static readonly Lazy<string?> Probed = new(Probe);
    private readonly List<string> names = [];
    private readonly string network;

    /// <summary>Makes the bridge and so many namespaces.</summary>
    public NetworkNamespaces(int count)
    {
        RemoveForsaken();
        network = string.Create(CultureInfo.InvariantCulture, $"10.213.{Environment.ProcessId % 250}");
        try
        {
            Ip("link", "add", Bridge, "type", "bridge");
            Ip("addr", "add", HostAddress + "/24", "dev", Bridge);
            Ip("link", "set", Bridge, "up");
            for (var number = 0; number < count; number++)
                Add(number);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Why there can be none here, or null.</summary>
    public static string? Missing => Probed.Value;

    /// <summary>Their names, for <c>ip netns exec</c>.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>The address of this machine as they reach it.</summary>
    public string HostAddress => network + ".1";

    /// <summary>The address of a namespace, as this machine and the other ones reach it.</summary>
    public string AddressOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{network}.{10 + number}");

    /// <summary>Everything of any run: namespaces, links, and processes in them. Empty when nothing is left.</summary>
    public IReadOnlyList<string> Left() =>
    [
        .. Lines("netns", "list").Select(line => line.Split(' ')[0]).Where(names.Contains),
        .. Lines("-o", "link").Select(line => line.Split(": ")[1].Split('@')[0]).Where(link => link == Bridge || LinkNames.Contains(link)),
    ];

    /// <summary>Kills what still runs in them and removes them.</summary>
    public void Dispose()
    {
        foreach (var name in names)
            Remove(name);
        foreach (var link in LinkNames.Append(Bridge))
            TryIp("link", "del", link);
    }

    private static string Own => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}");

    private static string Bridge => Own + "br";

    private IEnumerable<string> LinkNames => names.Select(name => name + "v");

    private void Add(int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{Own}n{number}");
        names.Add(name);
        Ip("netns", "add", name);
        Ip("link", "add", name + "v", "type", "veth", "peer", "name", "eth0", "netns", name);
        Ip("link", "set", name + "v", "master", Bridge, "up");
        Ip("-n", name, "link", "set", "lo", "up");
        Ip("-n", name, "addr", "add", AddressOf(number) + "/24", "dev", "eth0");
        Ip("-n", name, "link", "set", "eth0", "up");
    }

    private static void Remove(string name)
    {
        foreach (var pid in Lines("netns", "pids", name))
        {
            try
            {
                Signals.SendKill(int.Parse(pid, CultureInfo.InvariantCulture));
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // Gone by itself.
            }
        }

        TryIp("netns", "del", name);
    }

    // Names begin with the process that made them.
    private static void RemoveForsaken()
    {
        foreach (var name in Lines("netns", "list").Select(line => line.Split(' ')[0]).Where(IsForsaken))
            Remove(name);
        foreach (var link in Lines("-o", "link").Select(line => line.Split(": ")[1].Split('@')[0]).Where(IsForsaken))
            TryIp("link", "del", link);
    }

    private static bool IsForsaken(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        var digits = string.Concat(name[Prefix.Length..].TakeWhile(char.IsAsciiDigit));
        return digits.Length > 0 && !Directory.Exists("/proc/" + digits);
    }

    private static string? Probe()
    {
        var name = Own + "p";
        try
        {
            Ip("netns", "add", name);
            Ip("link", "add", name + "v", "type", "veth", "peer", "name", "eth0", "netns", name);
            return null;
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return $"network namespaces cannot be made here: {error.Message.Trim()}";
        }
        finally
        {
            TryIp("netns", "del", name);
        }
    }

    private static void Ip(params string[] arguments)
    {
        var (code, text) = Run(arguments);
        if (code != 0)
            throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {text}");
    }

    private static void TryIp(params string[] arguments)
    {
        try
        {
            Run(arguments);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no such program, so there is nothing to remove.
        }
    }

    private static string[] Lines(params string[] arguments)
    {
        var (code, text) = Run(arguments);
        return code == 0 ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
    }

    private static (int Code, string Text) Run(string[] arguments)
    {
        using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = ip.StandardError.ReadToEndAsync();
        var text = ip.StandardOutput.ReadToEnd();
        ip.WaitForExit();
        return (ip.ExitCode, ip.ExitCode == 0 ? text : errors.GetAwaiter().GetResult());
    }
}
