using System.Runtime.InteropServices;

namespace Gateway.Engine.Weights;

/// <summary>
/// Hands out a checkpoint's tensors by name and expected shape, and keeps account: <see cref="Close"/> fails unless every tensor
/// that was asked for was there in that shape, and every tensor that is there was asked for.
/// </summary>
/// <remarks>
/// After the first error the ledger goes on with empty placeholders and reads nothing more, so that one attempt names every error.
/// Nothing it handed out may be used before <see cref="Close"/> has returned. Vectors are read at once, matrices when they are wanted.
/// </remarks>
internal sealed class WeightLedger(Checkpoint checkpoint, CancellationToken ct)
{
    // Enough to see what is wrong; a config.json of absurd size must not fill the memory with complaints.
    private const int MaxErrors = 1000;

    private readonly HashSet<string> _claimed = new(StringComparer.Ordinal);
    private readonly List<string> _errors = [];

    /// <summary>Number of weights handed out.</summary>
    public long ParameterCount { get; private set; }

    /// <summary>A matrix, read in its stored form when it is wanted: after <see cref="Close"/>, while the checkpoint is open.</summary>
    public WeightSource Matrix(string name, int rows, int columns) => Claim(name, [rows, columns]) is { } entry
        ? new WeightSource(name, rows, columns, () => Read(entry, rows, columns))
        : new WeightSource(name, rows, columns, () => throw new InvalidOperationException($"The tensor '{name}' is not in the checkpoint."));

    /// <summary>A vector, widened to float32.</summary>
    public float[] Vector(string name, int length)
    {
        if (Claim(name, [length]) is not { } entry)
        {
            return [];
        }

        if (entry.Type == TensorType.Float32)
        {
            return ReadSingle(entry);
        }

        var format = entry.Type == TensorType.Float16 ? WeightFormat.Float16 : WeightFormat.BFloat16;
        var values = new float[length];
        Kernels.Cpu.Widening.Widen(ReadHalf(entry, format), format, values);
        return values;
    }

    /// <summary>Accounts for a tensor that may be there and is not used.</summary>
    public void Skip(string name) => _claimed.Add(name);

    /// <exception cref="WeightsMismatchException">Lists every tensor that is missing, too many or of another shape.</exception>
    public void Close()
    {
        _errors.AddRange(checkpoint.Names.Where(name => !_claimed.Contains(name)).Order(StringComparer.Ordinal)
            .Select(name => $"unexpected: '{name}' {checkpoint.Find(name)!.ShapeText}"));
        if (_errors.Count > 0)
        {
            throw new WeightsMismatchException(checkpoint.Folder, _errors);
        }
    }

    private TensorEntry? Claim(string name, long[] shape)
    {
        ct.ThrowIfCancellationRequested();
        if (!_claimed.Add(name))
        {
            throw new InvalidOperationException($"The tensor '{name}' was asked for twice.");
        }

        if (_errors.Count >= MaxErrors)
        {
            throw new WeightsMismatchException(checkpoint.Folder, [.. _errors, $"and more: only the first {MaxErrors} are listed"]);
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

        if (entry.Type is not (TensorType.Float32 or TensorType.Float16 or TensorType.BFloat16))
        {
            throw Format(entry, $"its dtype {entry.Type} is not supported; use F32, F16 or BF16.");
        }

        var elements = shape.Aggregate(1L, (product, size) => product * size);
        if (elements > Array.MaxLength)
        {
            throw Format(entry, $"{elements} elements are more than the {Array.MaxLength} that one tensor may have.");
        }

        ParameterCount += elements;
        return _errors.Count == 0 ? entry : null;
    }

    private WeightMatrix Read(TensorEntry entry, int rows, int columns)
    {
        ct.ThrowIfCancellationRequested();
        if (entry.Type == TensorType.Float32)
        {
            return WeightMatrix.FromSingle(rows, columns, ReadSingle(entry));
        }

        var format = entry.Type == TensorType.Float16 ? WeightFormat.Float16 : WeightFormat.BFloat16;
        return WeightMatrix.FromHalf(rows, columns, format, ReadHalf(entry, format));
    }

    private float[] ReadSingle(TensorEntry entry)
    {
        var values = GC.AllocateUninitializedArray<float>((int)(entry.ByteCount / sizeof(float)));
        checkpoint.Read(entry, MemoryMarshal.AsBytes(values.AsSpan()));
        return FiniteCheck.AllFinite(values) ? values : throw NotFinite(entry);
    }

    private ushort[] ReadHalf(TensorEntry entry, WeightFormat format)
    {
        var bits = GC.AllocateUninitializedArray<ushort>((int)(entry.ByteCount / sizeof(ushort)));
        checkpoint.Read(entry, MemoryMarshal.AsBytes(bits.AsSpan()));
        return FiniteCheck.AllFinite(bits, format) ? bits : throw NotFinite(entry);
    }

    private WeightsFormatException NotFinite(TensorEntry entry) =>
        Format(entry, "it holds NaN or infinity; the file is damaged or the training run diverged.");

    private WeightsFormatException Format(TensorEntry entry, string problem) => new(checkpoint.FileOf(entry), entry.Name, problem);
}
