namespace Gateway.Engine;

/// <summary>The waiting queue of one priority.</summary>
/// <param name="Priority">Which.</param>
/// <param name="Waiting">Requests of that priority that wait now, preempted ones included.</param>
/// <param name="Wait">Seconds from submission to the first admission, of the requests that were admitted.</param>
public sealed record PriorityStatistics(SchedulingPriority Priority, int Waiting, Distribution Wait);
