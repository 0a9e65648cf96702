using System.Buffers;
using System.Text;
using Gateway.Engine.Tokenization.Models;
using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Tokenization.PreTokenizers;

/// <summary>The last step of a byte-level pre-tokenizer: the model sees the UTF-8 bytes of each piece, in their printable spelling.</summary>
/// <param name="addPrefixSpace">Whether every piece that does not begin with a space gets one.</param>
/// <param name="useRegex">Whether pieces are split once more, by the expression of GPT-2.</param>
internal sealed class ByteLevelStep(bool addPrefixSpace, bool useRegex)
{
    private const string Gpt2Expression = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private readonly PatternSplitter? _splitter =
        useRegex ? new PatternSplitter(Pattern.Parse(Gpt2Expression), SplitBehavior.Isolated, invert: false) : null;

    public void Encode(ReadOnlySpan<char> piece, BpeModel model, List<int> ids)
    {
        if (addPrefixSpace && piece[0] != ' ')
        {
            piece = string.Concat(" ", piece);
        }

        if (_splitter is null)
        {
            EncodeWord(piece, model, ids);
            return;
        }

        List<TextRange> words = [];
        _splitter.Split(piece, words);
        foreach (var word in words)
        {
            EncodeWord(piece.Slice(word.Start, word.Length), model, ids);
        }
    }

    private static void EncodeWord(ReadOnlySpan<char> word, BpeModel model, List<int> ids)
    {
        const int OnStack = 256;
        var capacity = Encoding.UTF8.GetMaxByteCount(word.Length);
        var (rentedBytes, rentedSpelling) = capacity <= OnStack
            ? (null, null)
            : (ArrayPool<byte>.Shared.Rent(capacity), ArrayPool<char>.Shared.Rent(capacity));
        Span<byte> bytes = rentedBytes ?? stackalloc byte[OnStack];
        Span<char> spelling = rentedSpelling ?? stackalloc char[OnStack];
        var count = Encoding.UTF8.GetBytes(word, bytes);
        for (var i = 0; i < count; i++)
        {
            spelling[i] = ByteAlphabet.CharacterOf(bytes[i]);
        }

        model.Encode(spelling[..count], ids);
        if (rentedBytes is not null)
        {
            ArrayPool<byte>.Shared.Return(rentedBytes);
            ArrayPool<char>.Shared.Return(rentedSpelling!);
        }
    }
}
