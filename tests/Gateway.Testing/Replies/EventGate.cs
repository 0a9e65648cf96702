namespace Gateway.Testing;

/// <summary>Holds a stream's events back until a test lets them go, so that no test waits on a clock.</summary>
public sealed class EventGate
{
    private readonly SemaphoreSlim _permits = new(0);

    /// <summary>Lets the next events go.</summary>
    public void Release(int events = 1) => _permits.Release(events);

    /// <summary>Lets all further events go.</summary>
    public void Open() => _permits.Release(int.MaxValue / 2);

    internal Task PassAsync(CancellationToken cancellationToken) => _permits.WaitAsync(cancellationToken);
}
