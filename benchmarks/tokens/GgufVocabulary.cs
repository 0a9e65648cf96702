using System.Buffers.Binary;
using System.Text;

namespace Gateway.Benchmarks.TokenFit;

/// <summary>Tokens and merges from the key-value part of a GGUF file.</summary>
internal ref struct GgufVocabulary
{
    private const uint StringType = 8;
    private const uint ArrayType = 9;

    private ReadOnlySpan<byte> _rest;

    public static (IReadOnlyList<string> Tokens, IReadOnlyList<string> Merges) Read(byte[] file)
    {
        var reader = new GgufVocabulary { _rest = file.AsSpan(16) };
        IReadOnlyList<string> tokens = [], merges = [];
        for (ulong left = reader.Number(); left > 0; left--)
        {
            var key = reader.Text();
            var values = reader.Value(BinaryPrimitives.ReadUInt32LittleEndian(reader.Take(4)));
            tokens = key == "tokenizer.ggml.tokens" ? values : tokens;
            merges = key == "tokenizer.ggml.merges" ? values : merges;
        }

        return (tokens, merges);
    }

    /// <summary>The strings of the value; none for numbers.</summary>
    private List<string> Value(uint type)
    {
        List<string> strings = [];
        if (type == ArrayType)
        {
            var elements = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
            for (ulong left = Number(); left > 0; left--)
            {
                strings.AddRange(Value(elements));
            }
        }
        else if (type == StringType)
        {
            strings.Add(Text());
        }
        else
        {
            Take(type switch { 0 or 1 or 7 => 1, 2 or 3 => 2, <= 6 => 4, _ => 8 });
        }

        return strings;
    }

    private string Text() => Encoding.UTF8.GetString(Take((int)Number()));

    private ulong Number() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    private ReadOnlySpan<byte> Take(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
