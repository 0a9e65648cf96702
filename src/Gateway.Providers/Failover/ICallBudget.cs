using Gateway.Policies;

namespace Gateway.Providers.Failover;

/// <summary>
/// Says, for one request, which calls it can pay for. Every call may be billed, also one that fails, is overtaken or is given up: a further one
/// is only made when it is covered as well.
/// </summary>
public interface ICallBudget
{
    /// <summary>A call is about to be made; true when it may be. <see cref="Ended"/> or <see cref="NotMade"/> follows.</summary>
    ValueTask<bool> TryCoverAsync(ModelCard model);

    /// <summary>The call was not made after all.</summary>
    void NotMade(ModelCard model);

    /// <summary>A call has ended. Not told of one that ended by a fault of the gateway itself.</summary>
    void Ended(AttemptRecord record);
}
