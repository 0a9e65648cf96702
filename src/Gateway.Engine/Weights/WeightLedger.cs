using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Engine.Weights;

/// <summary>
/// Hands out a checkpoint's tensors by name and expected shape, and keeps account: <see cref="Close"/> fails unless every tensor
/// that was asked for was there in that shape, and every tensor that is there was asked for.
/// </summary>
/// <remarks>
/// After the first error the ledger goes on with empty placeholders and reads nothing more, so that one attempt names every error.
/// Nothing it handed out may be used before <see cref="Close"/> has returned.
/// </remarks>
/// <param name="checkpoint">Where the tensors are.</param>
/// <param name="ct">Gives up between two tensors.</param>
/// <param name="quantization">What <see cref="Matrix"/> makes of large matrices.</param>
/// <param name="progress">Told after each tensor which share of the weights' bytes is loaded, from 0 to 1.</param>
internal sealed class WeightLedger(
    ICheckpoint checkpoint, CancellationToken ct, Quantization quantization = Quantization.None, IProgress<double>? progress = null)
{
    // Enough to see what is wrong; a config.json of absurd size must not fill the memory with complaints.
    private const int MaxErrors = 1000;

    private const string ScaleSuffix = "_scale_inv";

    private readonly MatrixReader _reader = new(checkpoint, quantization);
    private readonly HashSet<string> _claimed = new(StringComparer.Ordinal);
    private readonly List<string> _errors = [];
    private long _bytesRead;
    private long? _bytesToRead;

    /// <summary>Number of weights handed out.</summary>
    public long ParameterCount { get; private set; }

    /// <summary>Memory that the tensors take which nobody has claimed or skipped yet, in bytes.</summary>
    public long UnclaimedBytes => Unclaimed.Sum(BytesInMemory);

    private IEnumerable<TensorEntry> Unclaimed => checkpoint.Names.Where(name => !_claimed.Contains(name)).Select(name => checkpoint.Find(name)!);

    /// <summary>A matrix, in its stored form or quantised.</summary>
    public WeightMatrix Matrix(string name, int rows, int columns) => ReadMatrix(name, rows, columns, isExact: false);

    /// <summary>A matrix in its stored form, whatever the quantisation: right for routers, whose choices small errors turn over.</summary>
    public WeightMatrix ExactMatrix(string name, int rows, int columns) => ReadMatrix(name, rows, columns, isExact: true);

    /// <summary>A vector, widened to float32.</summary>
    public float[] Vector(string name, int length)
    {
        if (Claim(name, [length]) is not { } claimed)
        {
            return [];
        }

        var values = new float[length];
        MatrixProduct.CopyRows(_reader.ReadStored(claimed.Entry, 0, 1, claimed.Stored, []), 0, 1, values);
        Report(claimed.Entry);
        return values;
    }

    /// <summary>Whether the checkpoint has a tensor of that name.</summary>
    public bool Has(string name) => checkpoint.Find(name) is not null;

    /// <summary>Accounts for a tensor that may be there and is not used.</summary>
    public void Skip(string name) => _claimed.Add(name);

    /// <summary>Accounts for all tensors whose names begin so and that are not used.</summary>
    public void SkipAll(string prefix) => _claimed.UnionWith(checkpoint.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)));

    /// <exception cref="WeightsMismatchException">Lists every tensor that is missing, too many or of another shape.</exception>
    public void Close()
    {
        _errors.AddRange(Unclaimed.OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(entry => $"unexpected: '{entry.Name}' {entry.ShapeText}"));
        if (_errors.Count > 0)
        {
            throw new WeightsMismatchException(checkpoint.Path, _errors);
        }
    }

    private WeightMatrix ReadMatrix(string name, int rows, int columns, bool isExact)
    {
        if (Claim(name, [rows, columns]) is not var (entry, stored))
        {
            return WeightMatrix.FromSingle(0, 0, []);
        }

        var scales = stored.Format == WeightFormat.Float8E4M3
            ? Scales(name + ScaleSuffix, WeightMatrix.ScalesPerRow(rows), WeightMatrix.ScalesPerRow(columns))
            : [];
        if (_errors.Count > 0)
        {
            return WeightMatrix.FromSingle(0, 0, []);
        }

        var target = isExact ? stored : _reader.FormOf(entry, stored);
        var matrix = target == stored
            ? _reader.ReadStored(entry, 0, rows, stored, scales)
            : _reader.ReadQuantized(entry, stored, scales, target, ct);
        Report(entry);
        return matrix;
    }

    /// <summary>The scales of 8-bit floating point. They are not weights of their own and do not count as such.</summary>
    private float[] Scales(string name, int rows, int columns)
    {
        if (Claim(name, [rows, columns]) is not var (entry, stored))
        {
            return [];
        }

        ParameterCount -= entry.ElementCount;
        var values = new float[rows * columns];
        MatrixProduct.CopyRows(_reader.ReadStored(entry, 0, rows, stored, []), 0, rows, values);
        return values;
    }

    private long BytesInMemory(TensorEntry entry)
    {
        if (WeightLayout.Find(entry.Type) is not { } stored || entry.Shape.Count != 2)
        {
            return entry.ByteCount;
        }

        return entry.RowCount * _reader.FormOf(entry, stored).RowBytes(entry.Shape[^1]);
    }

    private void Report(TensorEntry entry)
    {
        _bytesToRead ??= Unclaimed.Sum(other => other.ByteCount) + entry.ByteCount;
        _bytesRead += entry.ByteCount;
        progress?.Report(Math.Min(1, _bytesRead / (double)_bytesToRead));
    }

    private (TensorEntry Entry, WeightLayout Stored)? Claim(string name, long[] shape)
    {
        ct.ThrowIfCancellationRequested();
        if (!_claimed.Add(name))
        {
            throw new InvalidOperationException($"The tensor '{name}' was asked for twice.");
        }

        if (_errors.Count >= MaxErrors)
        {
            throw new WeightsMismatchException(checkpoint.Path, [.. _errors, $"and more: only the first {MaxErrors} are listed"]);
        }

        if (checkpoint.Find(name) is not { } entry)
        {
            _errors.Add($"missing: '{name}' {TensorEntry.Text(shape)}");
            return null;
        }

        if (!entry.Shape.SequenceEqual(shape))
        {
            _errors.Add($"wrong shape: '{name}' is {entry.ShapeText}, config.json asks for {TensorEntry.Text(shape)}");
            return null;
        }

        if (WeightLayout.Find(entry.Type) is not { } stored || (stored.Format == WeightFormat.Float8E4M3 && shape.Length != 2))
        {
            throw Format(entry, $"its dtype {entry.Type} is not supported here; use F32, F16 or BF16; of matrices also F8_E4M3 with scales.");
        }

        if (entry.ElementCount > Array.MaxLength)
        {
            throw Format(entry, $"{entry.ElementCount} elements are more than the {Array.MaxLength} that one tensor may have.");
        }

        ParameterCount += entry.ElementCount;
        return _errors.Count == 0 ? (entry, stored) : null;
    }

    private WeightsFormatException Format(TensorEntry entry, string problem) => new(checkpoint.FileOf(entry), entry.Name, problem);
}
