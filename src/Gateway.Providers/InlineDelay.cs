namespace Gateway.Providers;

/// <summary>
/// A pause whose end, be it by time or by cancellation, goes on at once and on the same thread.
/// <see cref="Task.Delay(TimeSpan, TimeProvider, CancellationToken)"/> goes on on the thread pool when it is cancelled, where virtual time
/// cannot follow it.
/// </summary>
internal static class InlineDelay
{
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async ValueTask WaitAsync(TimeSpan duration, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var done = new TaskCompletionSource();
        using var timer = time.CreateTimer(static state => ((TaskCompletionSource)state!).TrySetResult(), done, duration, Timeout.InfiniteTimeSpan);
        using var cancelled = cancellationToken.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), done);
        await done.Task.ConfigureAwait(false);
    }
}
