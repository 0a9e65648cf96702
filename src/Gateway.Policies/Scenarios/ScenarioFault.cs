namespace Gateway.Policies;

/// <summary>A fault of a scenario; its times count from the scenario's first request.</summary>
public sealed record ScenarioFault(FaultTarget Target, Fault Fault);
