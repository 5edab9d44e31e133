using System.Security.Cryptography;
using System.Text.Json;
using Workers.Jobs.Files;
using Workers.Jobs.Processes;

namespace Workers.Jobs.PrivateRedis;

/// <summary>
/// <c>redis/instance.json</c>: what a later server must know to find this Redis again. 0600; written before the spawn and again with the process.
/// </summary>
/// <param name="Port">Where it listens, on 127.0.0.1.</param>
/// <param name="Password">What it asks for.</param>
/// <param name="Process">Its process; null before the spawn and after an orderly stop.</param>
internal sealed record RedisInstance(int Port, string Password, ProcessIdentity? Process)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    internal string ConnectionString => $"127.0.0.1:{Port},password={Password}";

    internal static RedisInstance CreateOn(int port) => new(port, RandomNumberGenerator.GetHexString(64, lowercase: true), null);

    /// <summary>The file's content; null when there is none.</summary>
    /// <exception cref="PrivateRedisException">It is not what we wrote.</exception>
    internal static RedisInstance? Load(string path)
    {
        try
        {
            var instance = JsonSerializer.Deserialize<RedisInstance>(File.ReadAllBytes(path), Json);
            if (instance is { Port: > 0 and <= ushort.MaxValue, Password.Length: > 0 })
                return instance;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException)
        {
            // Falls through: as bad as wrong values.
        }
        throw new PrivateRedisException(
            $"{path} is damaged, so a Redis that may still run on this folder cannot be found. "
                + "Make sure that none runs there, then delete the file.");
    }

    internal void Save(string path) => PrivateFiles.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, Json));
}
