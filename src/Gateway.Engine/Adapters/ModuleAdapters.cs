namespace Gateway.Engine.Adapters;

/// <summary>What the adapters of a model add to one of its linear layers.</summary>
/// <param name="ByNumber">The pair of each adapter's number, null where it adds nothing, as number 0 never does; empty when none adds anything.</param>
internal sealed record ModuleAdapters(IReadOnlyList<LoraPair?> ByNumber)
{
    /// <summary>Nothing.</summary>
    public static ModuleAdapters None { get; } = new([]);

    public bool IsEmpty => ByNumber.Count == 0;

    /// <summary>The same numbers with other pairs.</summary>
    public ModuleAdapters Select(Func<LoraPair, LoraPair> change) => IsEmpty ? this : new([.. ByNumber.Select(pair => pair is null ? null : change(pair))]);
}
