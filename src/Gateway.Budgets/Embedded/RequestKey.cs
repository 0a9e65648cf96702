namespace Gateway.Budgets;

internal readonly record struct RequestKey(string Partition, string RequestId);
