using Gateway.Engine.Weights;

namespace Gateway.Engine.Adapters;

/// <summary>
/// Hands out the pairs of adapters to the linear layers that they change, and keeps account: <see cref="Close"/> fails unless every pair
/// was asked for, in the shape of its layer.
/// </summary>
/// <param name="adapters">The adapters.</param>
/// <param name="checkpoint">The model's, which tells modules that take no adapter from those that are not there.</param>
internal sealed class AdapterLedger(AdapterSet adapters, ICheckpoint checkpoint)
{
    private readonly HashSet<string>[] _claimed = [.. adapters.Adapters.Select(_ => new HashSet<string>(StringComparer.Ordinal))];
    private readonly List<string>[] _errors = [.. adapters.Adapters.Select(_ => new List<string>())];

    /// <summary>How many numbers the adapters have in all.</summary>
    public long ParameterCount => adapters.Adapters.Sum(adapter => adapter.ParameterCount);

    /// <summary>What the adapters add to a linear layer.</summary>
    /// <param name="module">Its path, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
    /// <param name="outputs">Of the layer.</param>
    /// <param name="inputs">Of the layer.</param>
    public ModuleAdapters Take(string module, int outputs, int inputs)
    {
        LoraPair?[]? byNumber = null;
        for (var i = 0; i < adapters.Adapters.Count; i++)
        {
            if (adapters.Adapters[i].Pairs.TryGetValue(module, out var pair))
            {
                _claimed[i].Add(module);
                CheckShape(i, module + LoraAdapter.DownSuffix, [pair.Rank, pair.Inputs], [pair.Rank, inputs]);
                CheckShape(i, module + LoraAdapter.UpSuffix, [pair.Outputs, pair.Rank], [outputs, pair.Rank]);
                byNumber ??= new LoraPair?[adapters.Adapters.Count + 1];
                byNumber[i + 1] = pair;
            }
        }

        return byNumber is null ? ModuleAdapters.None : new ModuleAdapters(byNumber);
    }

    /// <exception cref="AdapterException">Lists all that does not fit the model, of the first adapter that does not.</exception>
    public void Close()
    {
        foreach (var (adapter, claimed, errors) in adapters.Adapters.Zip(_claimed, _errors))
        {
            errors.AddRange(adapter.Pairs.Keys.Where(module => !claimed.Contains(module)).Order(StringComparer.Ordinal).Select(Refusal));
            if (errors.Count > 0)
            {
                throw new AdapterException(adapter.Name, adapter.Folder, errors);
            }
        }
    }

    private string Refusal(string module) => checkpoint.Find(module + ".weight") is null
        ? $"unknown module: the model has no '{module}'; was the adapter trained for another model?"
        : $"unsupported module: '{module}' takes no adapter; train without it. Projections of attention, MLPs and experts do.";

    private void CheckShape(int adapter, string tensor, int[] found, int[] expected)
    {
        if (!found.SequenceEqual(expected))
        {
            _errors[adapter].Add(
                $"wrong shape: '{LoraAdapter.NamePrefix}{tensor}' is [{string.Join(", ", found)}], the model asks for [{string.Join(", ", expected)}]");
        }
    }
}
