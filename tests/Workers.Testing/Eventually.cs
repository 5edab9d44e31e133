using System.Diagnostics;

namespace Workers.Testing;

/// <summary>Waits for a condition that nothing announces. Prefer awaiting an event; this is for state of other processes.</summary>
public static class Eventually
{
    /// <summary>Only there so that a broken test ends: reaching it is a failure, never a measurement.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Returns as soon as the condition holds.</summary>
    /// <param name="condition">Looked at every 5 ms.</param>
    /// <param name="what">What is waited for, for the failure's message.</param>
    /// <exception cref="TimeoutException">After <see cref="Limit"/>.</exception>
    public static Task HoldsAsync(Func<bool> condition, string what) => HoldsAsync(() => Task.FromResult(condition()), what);

    /// <summary>Returns as soon as the condition holds.</summary>
    /// <param name="condition">Looked at every 5 ms.</param>
    /// <param name="what">What is waited for, for the failure's message.</param>
    /// <exception cref="TimeoutException">After <see cref="Limit"/>.</exception>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition().WaitAsync(Limit))
        {
            if (clock.Elapsed > Limit)
                throw new TimeoutException($"Not within {Limit.TotalSeconds} s: {what}");
            await Task.Delay(Pause);
        }
    }

    /// <summary>Gives the first non-null value.</summary>
    /// <param name="read">Looked at every 5 ms.</param>
    /// <param name="what">What is waited for, for the failure's message.</param>
    /// <exception cref="TimeoutException">After <see cref="Limit"/>.</exception>
    public static async Task<T> GivesAsync<T>(Func<Task<T?>> read, string what)
        where T : class
    {
        T? found = null;
        await HoldsAsync(async () => (found = await read()) is not null, what);
        return found!;
    }

    /// <summary>Awaits a task that ends by an event, with <see cref="Limit"/> against hanging.</summary>
    public static Task<T> WithinLimitAsync<T>(this Task<T> task) => task.WaitAsync(Limit);

    /// <summary>Awaits a task that ends by an event, with <see cref="Limit"/> against hanging.</summary>
    public static Task WithinLimitAsync(this Task task) => task.WaitAsync(Limit);
}
