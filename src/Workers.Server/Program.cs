using Workers.Jobs.Configuration;
using Workers.Jobs.PrivateRedis;
using Workers.Jobs.Redis;
using Workers.Node.Runtime;
using Workers.Server;

// Exit codes: 0 stopped as asked, 1 something it needs cannot be had, 2 the configuration is wrong. Each with lines for a person, no stack.
try
{
    if (args is [SignCommand.Name, .. var signing])
    {
        Console.Write(SignCommand.Run(signing, SettingsLoader.ProcessEnvironment(), DateTimeOffset.UtcNow));
        return 0;
    }

    var commandLine = CommandLine.Parse(args);
    if (commandLine.Help)
    {
        Console.Write(Usage.Help);
        return 0;
    }

    if (commandLine.Version)
    {
        Console.WriteLine(Usage.Version);
        return 0;
    }

    await ServerHost.RunAsync(SettingsLoader.Load(commandLine, SettingsLoader.ProcessEnvironment()));
    return 0;
}
catch (SettingsException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 2;
}
catch (Exception error) when (error is PrivateRedisException or RedisUnavailableException or RuntimeFolderInUseException or IOException)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
