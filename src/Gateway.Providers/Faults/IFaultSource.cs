using Gateway.Policies;

namespace Gateway.Providers.Faults;

/// <summary>Says which call of a provider goes wrong. Safe for concurrent use.</summary>
public interface IFaultSource
{
    /// <summary>The fault that strikes this call; null for none. Asked once for each call.</summary>
    Fault? Next(AttemptRequest attempt);
}
