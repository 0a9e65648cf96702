using Gateway.Policies;

namespace Gateway.Pipeline;

/// <summary>How much the gateway has to do at this moment. Safe for concurrent use.</summary>
public sealed class GatewayLoad
{
    private int _inFlight;

    /// <summary>Requests under way in this process, from their arrival to the end of their answer.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>A request has come; <see cref="Leave"/> follows.</summary>
    public void Enter() => Interlocked.Increment(ref _inFlight);

    public void Leave() => Interlocked.Decrement(ref _inFlight);

    /// <summary>How far the gateway is into its brown-out, 0 to 1; 0 when the policies know none.</summary>
    public double PressureUnder(FailoverPolicy policy) => policy.BrownOut?.PressureAt(InFlight) ?? 0;
}
