namespace Gateway.Budgets;

internal readonly record struct CounterKey(string Partition, CounterId Counter);
