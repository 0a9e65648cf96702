namespace Gateway.Providers.Simulation;

/// <summary>Work on virtual time has come to a standstill: it waits for something other than the clock.</summary>
public sealed class VirtualTimeException(string message) : InvalidOperationException(message);
