namespace Gateway.Faults;

/// <summary>The answer of <c>GET /admin/faults</c>.</summary>
/// <param name="Faults">In the order of their injection.</param>
internal sealed record FaultList(IReadOnlyList<FaultReport> Faults);
