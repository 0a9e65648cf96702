namespace Gateway.Engine.Adapters;

/// <summary>The adapters that a model is loaded with, by number: 0 is the bare model, and 1 and on are the adapters in the order of their names.</summary>
internal sealed class AdapterSet
{
    /// <param name="adapters">With different names.</param>
    public AdapterSet(IEnumerable<LoraAdapter> adapters) => Adapters = [.. adapters.OrderBy(adapter => adapter.Name, StringComparer.Ordinal)];

    /// <summary>No adapters.</summary>
    public static AdapterSet Empty { get; } = new([]);

    /// <summary>The adapter of number n is at n − 1.</summary>
    public IReadOnlyList<LoraAdapter> Adapters { get; }

    /// <summary>Reads adapters.</summary>
    /// <param name="folders">A folder as PEFT writes it, by name.</param>
    /// <exception cref="AdapterException">One of them is not usable.</exception>
    public static AdapterSet Read(IReadOnlyDictionary<string, string> folders) =>
        folders.Count == 0 ? Empty : new AdapterSet(folders.Select(pair => LoraAdapterReader.Read(pair.Key, pair.Value)));
}
