namespace Gateway.Providers;

/// <summary>
/// A pause whose end, be it by time or by cancellation, goes on at once and on the same thread.
/// <see cref="Task.Delay(TimeSpan, TimeProvider, CancellationToken)"/> goes on on the thread pool when it is cancelled, where virtual time
/// cannot follow it.
/// </summary>
/// <remarks>Never shorter than asked for: a timer goes by the kernel's tick and may come up to 10 ms before its time.</remarks>
internal static class InlineDelay
{
    // A timer cannot be shorter and take any time at all.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <param name="duration"><see cref="Timeout.InfiniteTimeSpan"/>: until it is cancelled.</param>
    /// <param name="time">Whose timers, and clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async ValueTask WaitAsync(TimeSpan duration, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var start = time.GetTimestamp();
        if (duration == Timeout.InfiniteTimeSpan)
        {
            await TimerAsync(duration, time, cancellationToken).ConfigureAwait(false);
        }

        for (var left = duration; left > TimeSpan.Zero; left = duration - time.GetElapsedTime(start))
        {
            await TimerAsync(left > Shortest ? left : Shortest, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask TimerAsync(TimeSpan duration, TimeProvider time, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource();
        using var timer = time.CreateTimer(static state => ((TaskCompletionSource)state!).TrySetResult(), done, duration, Timeout.InfiniteTimeSpan);
        using var cancelled = cancellationToken.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), done);
        await done.Task.ConfigureAwait(false);
    }
}
