namespace Gateway.Providers.Faults;

/// <summary>Waits in a provider's stead: the time counts as the provider's, and its limits hold.</summary>
internal sealed class FaultPause(WaitClock clock, TimeProvider time, AttemptDeadline deadline)
{
    /// <exception cref="OperationCanceledException">A limit was passed, or the attempt was called off.</exception>
    public async ValueTask WaitAsync(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
        {
            return;
        }

        clock.BeginWait();
        try
        {
            await InlineDelay.WaitAsync(duration, time, deadline.Token).ConfigureAwait(false);
        }
        finally
        {
            clock.EndWait();
        }
    }
}
