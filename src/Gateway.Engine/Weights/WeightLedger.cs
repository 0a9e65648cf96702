using Gateway.Engine.Adapters;
using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Engine.Weights;

/// <summary>
/// Hands out a checkpoint's tensors by name and expected shape, and keeps account: <see cref="Close"/> fails unless every tensor
/// that was asked for was there in that shape, and every tensor that is there was asked for.
/// </summary>
/// <remarks>
/// After the first error the ledger goes on with empty placeholders and reads nothing more, so that one attempt names every error.
/// Nothing it handed out may be used before <see cref="Close"/> has returned. Vectors are read at once, matrices when they are wanted.
/// </remarks>
/// <param name="checkpoint">Where the tensors are.</param>
/// <param name="ct">Gives up between two tensors.</param>
/// <param name="quantization">What <see cref="Matrix"/> makes of large matrices.</param>
/// <param name="progress">Told after each matrix which share of the weights' bytes is loaded, from 0 to 1.</param>
/// <param name="adapters">The adapters that the model is loaded with; null for none.</param>
internal sealed class WeightLedger(
    ICheckpoint checkpoint,
    CancellationToken ct,
    Quantization quantization = Quantization.None,
    IProgress<double>? progress = null,
    AdapterSet? adapters = null)
{
    // Enough to see what is wrong; a config.json of absurd size must not fill the memory with complaints.
    private const int MaxErrors = 1000;

    private const string ScaleSuffix = "_scale_inv";

    private readonly MatrixReader _reader = new(checkpoint, quantization);
    private readonly HashSet<string> _claimed = new(StringComparer.Ordinal);
    private readonly List<string> _errors = [];
    private readonly List<WeightClaim> _claims = [];
    private long _bytesClaimed;
    private long _bytesRead;

    /// <summary>Number of weights handed out.</summary>
    public long ParameterCount { get; private set; }

    /// <summary>Memory that the weights handed out take, in bytes.</summary>
    public long ByteCount { get; private set; }

    /// <summary>The form that most bytes of the weights handed out have.</summary>
    public string MainForm => _claims.GroupBy(claim => claim.Form.Name).MaxBy(form => form.Sum(claim => claim.ByteCount))?.Key ?? "";

    /// <summary>Hands out the adapters' weights, which count as none of the model's own.</summary>
    public AdapterLedger Adapters { get; } = new(adapters ?? AdapterSet.Empty, checkpoint);

    /// <summary>What was handed out, tensor by tensor.</summary>
    public IReadOnlyList<WeightClaim> Claims => _claims;

    /// <summary>A matrix, read when it is wanted, in its stored form or quantised: after <see cref="Close"/>, while the checkpoint is open.</summary>
    public WeightSource Matrix(string name, int rows, int columns) => Source(name, rows, columns, isExact: false);

    /// <summary>A matrix in its stored form, whatever the quantisation: right for routers, whose choices small errors turn over.</summary>
    public WeightSource ExactMatrix(string name, int rows, int columns) => Source(name, rows, columns, isExact: true);

    /// <summary>A vector, widened to float32.</summary>
    public float[] Vector(string name, int length)
    {
        if (Claim(name, [length]) is not { } claimed)
        {
            return [];
        }

        return Widened(claimed, 1, length);
    }

    /// <summary>A vector that may be missing.</summary>
    public float[]? FindVector(string name, int length) => Contains(name) ? Vector(name, length) : null;

    /// <summary>Whether the checkpoint has a tensor of that name, where there are two ways of having the same weights.</summary>
    public bool Contains(string name) => checkpoint.Find(name) is not null;

    /// <summary>Accounts for a tensor that may be there and is not used.</summary>
    public void Skip(string name) => _claimed.Add(name);

    /// <summary>Accounts for all tensors whose names begin so and that are not used.</summary>
    public void SkipAll(string prefix) => _claimed.UnionWith(checkpoint.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)));

    /// <summary>Refuses a tensor for what it holds.</summary>
    public void Reject(string name, string problem) => _errors.Add($"unusable: '{name}' {problem}");

    /// <exception cref="WeightsMismatchException">Lists every tensor that is missing, too many or of another shape.</exception>
    /// <exception cref="AdapterException">An adapter does not fit the model.</exception>
    public void Close()
    {
        _errors.AddRange(checkpoint.Names.Where(name => !_claimed.Contains(name)).Order(StringComparer.Ordinal)
            .Select(name => $"unexpected: '{name}' {checkpoint.Find(name)!.ShapeText}"));
        if (_errors.Count > 0)
        {
            throw new WeightsMismatchException(checkpoint.Path, _errors);
        }

        Adapters.Close();
    }

    private WeightSource Source(string name, int rows, int columns, bool isExact)
    {
        if (Claim(name, [rows, columns]) is not var (entry, stored))
        {
            return new WeightSource(name, rows, columns, WeightFormat.Float32, () => throw new InvalidOperationException($"The tensor '{name}' is not in the checkpoint."));
        }

        var scales = stored.Format == WeightFormat.Float8E4M3
            ? Scales(name + ScaleSuffix, WeightMatrix.ScalesPerRow(rows), WeightMatrix.ScalesPerRow(columns))
            : [];
        var target = isExact ? stored : _reader.FormOf(entry, stored);
        Count(entry, target);
        return new WeightSource(name, rows, columns, target.Format, () =>
        {
            ct.ThrowIfCancellationRequested();
            var matrix = target == stored
                ? _reader.ReadStored(entry, 0, rows, stored, scales)
                : _reader.ReadQuantized(entry, stored, scales, target, ct);
            _bytesRead += entry.ByteCount;
            progress?.Report(Math.Min(1, _bytesRead / (double)_bytesClaimed));
            return matrix;
        });
    }

    /// <summary>The scales of 8-bit floating point. They are not weights of their own and do not count as such.</summary>
    private float[] Scales(string name, int rows, int columns)
    {
        if (Claim(name, [rows, columns]) is not { } claimed)
        {
            return [];
        }

        ParameterCount -= claimed.Entry.ElementCount;
        return Widened(claimed, rows, columns);
    }

    private float[] Widened((TensorEntry Entry, WeightLayout Stored) claimed, int rows, int columns)
    {
        var values = new float[rows * columns];
        WeightRows.CopyWidened(_reader.ReadStored(claimed.Entry, 0, rows, claimed.Stored, []), 0, rows, values);
        _bytesRead += claimed.Entry.ByteCount;
        Count(claimed.Entry, WeightLayout.Of(WeightFormat.Float32));
        return values;
    }

    private void Count(TensorEntry entry, WeightLayout form)
    {
        var claim = new WeightClaim(entry.Name, form, entry.RowCount, entry.Shape[^1], entry.RowCount * form.RowBytes(entry.Shape[^1]));
        ByteCount += claim.ByteCount;
        _claims.Add(claim);
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
        _bytesClaimed += entry.ByteCount;
        return _errors.Count == 0 ? (entry, stored) : null;
    }

    private WeightsFormatException Format(TensorEntry entry, string problem) => new(checkpoint.FileOf(entry), entry.Name, problem);
}
