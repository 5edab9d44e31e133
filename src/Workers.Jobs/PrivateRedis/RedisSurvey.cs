using System.Net;
using System.Net.Sockets;
using Workers.Jobs.Redis;

namespace Workers.Jobs.PrivateRedis;

/// <summary>Who is found behind a port.</summary>
internal enum RedisPresence
{
    /// <summary>Nobody listens.</summary>
    Nobody,

    /// <summary>Somebody else: another service, another password, another folder.</summary>
    Stranger,

    /// <summary>Connected, but no answer in time: ours while it stands still, or a stranger.</summary>
    Silent,

    /// <summary>Ours, still reading its data.</summary>
    Loading,

    /// <summary>Ours, and answers.</summary>
    Ready,
}

/// <summary>Asks whether the Redis behind a port is ours: it must take our password and work in our folder.</summary>
internal static class RedisSurvey
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(1);

    internal static async Task<RedisPresence> LookAsync(RedisInstance instance, RedisFolder folder, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerLimit);
        try
        {
            using var connection = await OpenAsync(instance, limit.Token);
            var directory = await connection.SendAsync(limit.Token, "CONFIG", "GET", "dir");
            if (directory != "dir\n" + folder.Path)
                return RedisPresence.Stranger;
            await connection.SendAsync(limit.Token, "PING");
            return RedisPresence.Ready;
        }
        catch (RespErrorException refusal)
        {
            return RedisErrors.IsLoading(refusal.Message) ? RedisPresence.Loading : RedisPresence.Stranger;
        }
        catch (SocketException)
        {
            return RedisPresence.Nobody;
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            return RedisPresence.Stranger;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return RedisPresence.Silent;
        }
    }

    internal static Task<RespConnection> OpenAsync(RedisInstance instance, CancellationToken cancellation) =>
        RespConnection.OpenAsync(new IPEndPoint(IPAddress.Loopback, instance.Port), tlsHost: null, user: null, instance.Password, cancellation);

    /// <summary>A port nobody listens on at the moment.</summary>
    internal static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
