namespace Gateway.Health;

public sealed record LivenessReport(string Status);
