namespace Gateway.Providers.Simulation;

/// <summary>Work on virtual time waits for something other than the clock, or has left its thread.</summary>
public sealed class VirtualTimeException(string message) : InvalidOperationException(message);
