namespace Gateway.Providers.Simulation;

/// <summary>Says how simulated models behave.</summary>
public interface ISimulatedModels
{
    /// <summary>How this call goes. Asked once for each call that is answered.</summary>
    SimulatedCall Next(AttemptRequest attempt);
}
