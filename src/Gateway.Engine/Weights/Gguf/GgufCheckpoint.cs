namespace Gateway.Engine.Weights.Gguf;

/// <summary>
/// The tensors of GGUF files under the names and shapes of Hugging Face checkpoints: experts one by one, queries and keys in the order
/// that the model turns them in. The halves of a latent's expansion, which such checkpoints have as one matrix, are called k_b_proj and v_b_proj. What
/// has no such name keeps its own.
/// </summary>
internal sealed class GgufCheckpoint : ICheckpoint
{
    // The configuration allows no more either.
    private const int MaxExperts = 1024;

    private readonly GgufSplits _files;
    private readonly Dictionary<string, TensorSource> _sources = new(StringComparer.Ordinal);

    /// <param name="files">The files; they live at least as long as this.</param>
    /// <exception cref="WeightsFormatException">Tensors do not fit together, or two have the same name.</exception>
    public GgufCheckpoint(GgufSplits files)
    {
        _files = files;
        var architecture = files.Metadata.Text(GgufArchitecture.Key);
        foreach (var file in files.Files)
        {
            foreach (var tensor in file.Tensors.Values)
            {
                Add(architecture, file, tensor);
            }
        }
    }

    public string Path => _files.Path;

    public IEnumerable<string> Names => _sources.Keys;

    public TensorEntry? Find(string name) => _sources.GetValueOrDefault(name)?.Entry;

    public string FileOf(TensorEntry entry) => _sources[entry.Name].File.Path;

    public void ReadRows(TensorEntry entry, long firstRow, Span<byte> destination) => _sources[entry.Name].ReadRows(firstRow, destination);

    /// <summary>Nothing: the files belong to the caller.</summary>
    public void Dispose()
    {
    }

    private void Add(string architecture, GgufFile file, TensorEntry tensor)
    {
        var layer = GgufNames.SplitLayer(tensor.Name);
        if (GgufNames.TranslateExpert(tensor.Name) is { } nameOf && tensor.Shape is [<= MaxExperts, _, _])
        {
            var bytes = tensor.ByteCount / tensor.Shape[0];
            for (var expert = 0; expert < tensor.Shape[0]; expert++)
            {
                var entry = tensor with { Name = nameOf(expert), Shape = [tensor.Shape[1], tensor.Shape[2]], ByteCount = bytes };
                Add(new PlainTensor(entry, file, tensor, expert * bytes));
            }
        }
        else
        {
            // The halves of a latent's expansion are cut up by heads.
            var isExpansion = layer is (_, GgufNames.KeyExpansionPart or GgufNames.ValueExpansionPart, _);
            var shape = isExpansion && tensor.Shape is [var count, var rows, var columns] ? [count * rows, columns] : tensor.Shape;
            var entry = tensor with { Name = GgufNames.Translate(tensor.Name), Shape = shape };
            var heads = architecture == GgufArchitecture.Llama ? HeadsOf(layer?.Part) : null;
            Add(heads is { } number && tensor.Shape[0] % (2L * number) == 0
                ? new DeinterleavedTensor(entry, file, tensor, (int)(tensor.Shape[0] / number))
                : new PlainTensor(entry, file, tensor, 0));
        }
    }

    /// <summary>Over how many heads the rows of a query or key projection are spread; null for any other tensor.</summary>
    private int? HeadsOf(string? part) => part switch
    {
        GgufNames.QueryPart => Math.Max(1, _files.Metadata.Integer($"{GgufArchitecture.Llama}.attention.head_count")),
        GgufNames.KeyPart => Math.Max(1, _files.Metadata.FindInteger($"{GgufArchitecture.Llama}.attention.head_count_kv")
            ?? _files.Metadata.Integer($"{GgufArchitecture.Llama}.attention.head_count")),
        _ => null,
    };

    private void Add(TensorSource source)
    {
        if (!_sources.TryAdd(source.Entry.Name, source))
        {
            throw new WeightsFormatException(source.File.Path, source.Entry.Name, $"it is there twice, the other time in {FileOf(source.Entry)}.");
        }
    }
}
