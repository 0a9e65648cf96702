namespace Gateway.Engine.Weights.Gguf;

/// <summary>
/// Reads and checks the header of a GGUF file, versions 2 and 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): metadata,
/// then where each tensor lies. Behind it nothing needs to doubt an offset: sizes follow from known types and shapes, and all data
/// lies inside the file, aligned and without overlap.
/// </summary>
/// <param name="Metadata">Key and value: bool, long, ulong, double, string, or an array of one of them.</param>
/// <param name="Tensors">By name.</param>
internal sealed record GgufHeader(IReadOnlyDictionary<string, object> Metadata, IReadOnlyDictionary<string, TensorEntry> Tensors)
{
    private const uint Magic = 0x4655_4747; // "GGUF", little-endian
    private const string AlignmentKey = "general.alignment";
    private const int DefaultAlignment = 32;
    private const int MaxDimensions = 4;

    // Length, one character, type and value; length, one character, dimensions, type and offset.
    private const int SmallestKey = 8 + 1 + 4 + 1;
    private const int SmallestTensor = 8 + 1 + 4 + 8 + 4 + 8;

    /// <exception cref="WeightsFormatException">The header breaks the format.</exception>
    public static GgufHeader Read(MappedFile file)
    {
        var cursor = new GgufCursor(file);
        if (cursor.UInt32() != Magic)
        {
            throw cursor.Error("it does not begin with 'GGUF'; this is no GGUF file.");
        }

        if (cursor.UInt32() is var version and not (2 or 3))
        {
            throw cursor.Error($"its version is {version}; only the versions 2 and 3, little-endian, can be read.");
        }

        cursor.Place = "the number of tensors";
        var tensorCount = cursor.Count(SmallestTensor);
        cursor.Place = "the number of metadata keys";
        var keyCount = cursor.Count(SmallestKey);
        var metadata = ReadMetadata(cursor, keyCount);
        var alignment = ReadAlignment(cursor, metadata);
        var tensors = ReadTensors(file.Path, cursor, tensorCount);
        var dataStart = (cursor.Position + alignment - 1) / alignment * alignment;
        return new GgufHeader(metadata, Place(file, tensors, dataStart, alignment));
    }

    private static Dictionary<string, object> ReadMetadata(GgufCursor cursor, int count)
    {
        Dictionary<string, object> metadata = new(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            cursor.Place = $"metadata key {i}";
            var key = cursor.Text();
            cursor.Place = $"metadata '{key}'";
            if (!metadata.TryAdd(key, ReadValue(cursor, cursor.UInt32())))
            {
                throw cursor.Error("the key is there twice.");
            }
        }

        return metadata;
    }

    private static object ReadValue(GgufCursor cursor, uint type) => type switch
    {
        0 => (ulong)cursor.UInt8(),
        1 => (long)(sbyte)cursor.UInt8(),
        2 => (ulong)cursor.UInt16(),
        3 => (long)(short)cursor.UInt16(),
        4 => (ulong)cursor.UInt32(),
        5 => (long)(int)cursor.UInt32(),
        6 => (double)BitConverter.UInt32BitsToSingle(cursor.UInt32()),
        7 => cursor.UInt8() switch
        {
            0 => false,
            1 => true,
            var other => throw cursor.Error($"{other} is no boolean."),
        },
        8 => cursor.Text(),
        9 => ReadArray(cursor),
        10 => cursor.UInt64(),
        11 => (long)cursor.UInt64(),
        12 => BitConverter.UInt64BitsToDouble(cursor.UInt64()),
        _ => throw cursor.Error($"{type} is no type of value."),
    };

    private static Array ReadArray(GgufCursor cursor)
    {
        var type = cursor.UInt32();
        return type switch
        {
            0 or 2 or 4 or 10 => Items<ulong>(),
            1 or 3 or 5 or 11 => Items<long>(),
            6 or 12 => Items<double>(),
            7 => Items<bool>(),
            8 => Items<string>(),
            9 => throw cursor.Error("arrays of arrays are not supported."),
            _ => throw cursor.Error($"{type} is no type of value."),
        };

        T[] Items<T>()
        {
            var bytesEach = type switch { 0 or 1 or 7 => 1, 2 or 3 => 2, 4 or 5 or 6 => 4, _ => 8 };
            var items = new T[cursor.Count(bytesEach)];
            for (var i = 0; i < items.Length; i++)
            {
                items[i] = (T)ReadValue(cursor, type);
            }

            return items;
        }
    }

    private static int ReadAlignment(GgufCursor cursor, Dictionary<string, object> metadata)
    {
        if (!metadata.TryGetValue(AlignmentKey, out var value))
        {
            return DefaultAlignment;
        }

        cursor.Place = $"metadata '{AlignmentKey}'";
        return value is ulong and >= 1 and <= 1 << 20 and var alignment && ulong.IsPow2(alignment)
            ? (int)alignment
            : throw cursor.Error($"{value} is no alignment; it must be a power of two of at most {1 << 20}.");
    }

    /// <summary>The tensors with offsets as the file writes them: counted from where the data begins.</summary>
    private static Dictionary<string, TensorEntry> ReadTensors(string file, GgufCursor cursor, int count)
    {
        Dictionary<string, TensorEntry> tensors = new(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            cursor.Place = $"tensor {i}";
            var name = cursor.Text();
            cursor.Place = $"tensor '{name}'";
            var dimensions = cursor.UInt32();
            if (dimensions is 0 or > MaxDimensions)
            {
                throw new WeightsFormatException(file, name, $"it has {dimensions} dimensions; it must have 1 to {MaxDimensions}.");
            }

            // The file writes the innermost dimension first.
            var shape = new long[dimensions];
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                var size = cursor.UInt64();
                shape[axis] = size is >= 1 and <= long.MaxValue
                    ? (long)size
                    : throw new WeightsFormatException(file, name, $"a dimension of {size} is no size.");
            }

            var entry = Measure(file, name, shape, cursor.UInt32(), cursor.UInt64());
            if (!tensors.TryAdd(name, entry))
            {
                throw new WeightsFormatException(file, name, "the header lists it twice.");
            }
        }

        return tensors;
    }

    private static TensorEntry Measure(string file, string name, long[] shape, uint type, ulong offset)
    {
        var layout = GgufElementType.Find(type)
            ?? throw new WeightsFormatException(file, name, $"its type {type} is not supported; use {GgufElementType.SupportedNames}.");
        if (shape[^1] % layout.BlockSize != 0)
        {
            throw new WeightsFormatException(
                file, name, $"rows of {shape[^1]} values are no whole number of {layout.Name} blocks of {layout.BlockSize}.");
        }

        Int128 bytes = layout.RowBytes(shape[^1]);
        foreach (var size in shape.AsSpan()[..^1])
        {
            bytes *= size;
            if (bytes > long.MaxValue)
            {
                throw new WeightsFormatException(file, name, $"its shape {TensorEntry.Text(shape)} is beyond any file.");
            }
        }

        return offset <= long.MaxValue
            ? new TensorEntry(name, layout.Name, shape, (long)offset, (long)bytes)
            : throw new WeightsFormatException(file, name, $"its offset {offset} is beyond any file.");
    }

    private static Dictionary<string, TensorEntry> Place(MappedFile file, Dictionary<string, TensorEntry> tensors, long dataStart, int alignment)
    {
        Dictionary<string, TensorEntry> placed = new(StringComparer.Ordinal);
        var (end, dataLength) = (0L, Math.Max(0, file.Length - dataStart));
        foreach (var tensor in tensors.Values.OrderBy(tensor => tensor.Offset))
        {
            if (tensor.Offset % alignment != 0)
            {
                throw new WeightsFormatException(file.Path, tensor.Name, $"its offset {tensor.Offset} is no multiple of the alignment {alignment}.");
            }

            if (tensor.Offset < end)
            {
                throw new WeightsFormatException(file.Path, tensor.Name, "its data overlaps the tensor before it.");
            }

            if (tensor.Offset > dataLength || tensor.ByteCount > dataLength - tensor.Offset)
            {
                throw new WeightsFormatException(file.Path, tensor.Name, "its data ends beyond the file; the file is cut short or damaged.");
            }

            end = tensor.Offset + tensor.ByteCount;
            placed.Add(tensor.Name, tensor with { Offset = dataStart + tensor.Offset });
        }

        return placed;
    }
}
