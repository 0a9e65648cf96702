using System.Buffers;
using System.Text;

namespace Gateway.Engine.Tokenization.Models;

/// <summary>The byte-pair model of tokenizer.json: characters become tokens, and neighbouring tokens merge.</summary>
internal sealed class BpeModel
{
    private const int DirectlyMapped = 0x400;
    private const int Unknown = -1;

    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _vocabulary;
    private readonly MergeTable _merges;
    private readonly int[] _idOfCharacter = new int[DirectlyMapped];

    public BpeModel(Dictionary<string, int> vocabulary, MergeTable merges)
    {
        _vocabulary = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _merges = merges;
        for (var c = 0; c < DirectlyMapped; c++)
        {
            _idOfCharacter[c] = _vocabulary.TryGetValue([(char)c], out var id) ? id : Unknown;
        }
    }

    /// <summary>A piece that is a token as a whole is that token, even where merges do not lead to it.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>The tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> for characters that are not in the vocabulary; -1 for one that is missing. Null without byte fallback.</summary>
    public int[]? ByteTokens { get; init; }

    /// <summary>What stands for a character that is not in the vocabulary. Without it such a character vanishes.</summary>
    public int? UnknownToken { get; init; }

    /// <summary>One unknown token stands for a whole run of unknown characters.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>Adds the tokens of one piece, in the spelling of the vocabulary.</summary>
    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        const int OnStack = 256;
        if (IgnoresMerges && _vocabulary.TryGetValue(piece, out var whole))
        {
            ids.Add(whole);
            return;
        }

        // A character takes at most three bytes of fallback for each UTF-16 unit.
        var capacity = ByteTokens is null ? piece.Length : piece.Length * 3L;
        var rented = capacity <= OnStack ? null : ArrayPool<int>.Shared.Rent(checked((int)capacity));
        Span<int> symbols = rented ?? stackalloc int[OnStack];
        var count = Start(piece, symbols);
        count = BpeMerger.Merge(symbols[..count], _merges);
        ids.AddRange(symbols[..count]);
        if (rented is not null)
        {
            ArrayPool<int>.Shared.Return(rented);
        }
    }

    /// <summary>One symbol for each character.</summary>
    private int Start(ReadOnlySpan<char> piece, Span<int> symbols)
    {
        var count = 0;
        var afterUnknown = false;
        for (var i = 0; i < piece.Length;)
        {
            var length = char.IsHighSurrogate(piece[i]) ? 2 : 1;
            var character = piece.Slice(i, length);
            i += length;
            var id = Find(character);
            if (id != Unknown)
            {
                symbols[count++] = id;
                afterUnknown = false;
            }
            else if (TryFallBack(character, symbols[count..], out var bytes))
            {
                count += bytes;
                afterUnknown = false;
            }
            else if (UnknownToken is { } unknown)
            {
                if (!FusesUnknown || !afterUnknown)
                {
                    symbols[count++] = unknown;
                }

                afterUnknown = true;
            }
        }

        return count;
    }

    private int Find(ReadOnlySpan<char> character) =>
        character[0] < DirectlyMapped ? _idOfCharacter[character[0]] : _vocabulary.TryGetValue(character, out var id) ? id : Unknown;

    private bool TryFallBack(ReadOnlySpan<char> character, Span<int> symbols, out int count)
    {
        count = 0;
        if (ByteTokens is null)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[4];
        var length = Encoding.UTF8.GetBytes(character, bytes);
        foreach (var value in bytes[..length])
        {
            symbols[count++] = ByteTokens[value];
        }

        return !symbols[..count].Contains(Unknown);
    }
}
