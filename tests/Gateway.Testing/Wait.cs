using System.Runtime.CompilerServices;

namespace Gateway.Testing;

/// <summary>Bounded waiting on conditions that offer no task.</summary>
public static class Wait
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>10 seconds: ample for anything local, short enough for a failing test.</summary>
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Returns as soon as <paramref name="condition"/> holds.</summary>
    /// <param name="condition">Asked every 10 ms.</param>
    /// <param name="timeout">The default is <see cref="DefaultTimeout"/>.</param>
    /// <param name="expression">The condition's source text, for the message.</param>
    /// <exception cref="TimeoutException">It did not hold in time.</exception>
    public static Task UntilAsync(
        Func<bool> condition, TimeSpan? timeout = null, [CallerArgumentExpression(nameof(condition))] string expression = "") =>
        UntilAsync(() => Task.FromResult(condition()), timeout, expression);

    /// <inheritdoc cref="UntilAsync(Func{bool}, TimeSpan?, string)"/>
    public static async Task UntilAsync(
        Func<Task<bool>> condition, TimeSpan? timeout = null, [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        TimeSpan limit = timeout ?? DefaultTimeout;
        long start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > limit)
            {
                throw new TimeoutException($"Not true within {limit}: {expression}");
            }

            await Task.Delay(Interval);
        }
    }
}
