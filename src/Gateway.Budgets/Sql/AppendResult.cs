namespace Gateway.Budgets.Sql;

/// <summary>What became of records.</summary>
/// <param name="Added">Now in the ledger.</param>
/// <param name="Known">There already: the same entry of the same request.</param>
/// <param name="Rejected">Set aside, with the reason: they cannot be read, or say otherwise than the ledger.</param>
public sealed record AppendResult(int Added, int Known, IReadOnlyList<RejectedRecord> Rejected);
