using System.Numerics;
using System.Runtime.Intrinsics;

namespace Gateway.Routing;

/// <summary>
/// Counts the features of texts, 64 bytes at a time: each class of bytes becomes a mask with one bit for a byte, and a feature is the
/// number of bits that some shifts and conjunctions of masks leave. Nothing is assumed about the bytes, not even that they are UTF-8.
/// </summary>
internal struct TextCounter
{
    private TextMeasure.Features _features;
    private int _bytes;
    private int _messages;
    private long _fixedTokens;

    public void AddMessage() => _messages++;

    public void AddFixed(long tokens) => _fixedTokens += tokens;

    /// <summary>Adds a text that stands by itself.</summary>
    public void Add(ReadOnlySpan<byte> text) => Add(text, isJson: false);

    /// <summary>Adds JSON as a model would be shown it: indents and line breaks count for nothing, however the client writes it.</summary>
    public void AddJson(ReadOnlySpan<byte> json) => Add(json, isJson: true);

    public readonly TextMeasure ToMeasure() => new(_bytes, _messages, _fixedTokens, _features);

    private void Add(ReadOnlySpan<byte> text, bool isJson)
    {
        _bytes += text.Length;
        var last = default(ByteClasses);
        for (; text.Length >= ByteClasses.BlockLength; text = text[ByteClasses.BlockLength..])
        {
            AddBlock(ByteClasses.Of(Vector512.Create(text), text), ref last, text, isJson);
        }

        if (!text.IsEmpty)
        {
            Span<byte> block = stackalloc byte[ByteClasses.BlockLength];
            block.Clear();
            text.CopyTo(block);
            AddBlock(ByteClasses.Of(Vector512.Create((ReadOnlySpan<byte>)block), text), ref last, text, isJson);
        }
    }

    private void AddBlock(in ByteClasses found, ref ByteClasses last, ReadOnlySpan<byte> text, bool isJson)
    {
        var now = found.Foreign == 0 && last.LatinOverflow == 0 ? found : CountScripts(found, last.LatinOverflow, text);
        var afterLetter = Behind(now.Letters, last.Letters, 1);
        var afterSpace = Behind(now.Spaces, last.Spaces, 1);
        var afterTwoSpaces = afterSpace & Behind(now.Spaces, last.Spaces, 2);

        var words = now.Letters & ~afterLetter;
        Count(TextFeature.Words, words);
        Count(TextFeature.JoinedWords, words & (~afterSpace | afterTwoSpaces));
        CountLateLetters(now.Letters, last.Letters, afterLetter);
        Count(TextFeature.RepeatedCapitals, now.Capitals & Behind(now.Capitals, last.Capitals, 1));
        Count(TextFeature.RareLetters, now.RareLetters);
        Count(TextFeature.OpenEndings, ~now.Letters & Behind(now.OpenLetters & afterLetter, last.OpenLetters & (last.Letters << 1), 1));

        var numbers = now.Digits & ~Behind(now.Digits, last.Digits, 1);
        Count(TextFeature.Numbers, numbers);
        Count(TextFeature.Digits, now.Digits);
        Count(TextFeature.SpacedNumbers, numbers & afterSpace);

        var afterSymbol = Behind(now.Symbols, last.Symbols, 1);
        Count(TextFeature.Symbols, now.Symbols & ~afterSymbol);
        Count(TextFeature.ExtraSymbols, now.Symbols & afterSymbol);
        Count(TextFeature.ForeignRuns, now.Foreign & ~Behind(now.Foreign, last.Foreign, 1));

        if (!isJson)
        {
            var afterBreak = Behind(now.Breaks, last.Breaks, 1);
            Count(TextFeature.Indents, now.Spaces & afterSpace & ~afterTwoSpaces);
            Count(TextFeature.ExtraSpaces, now.Spaces & afterSpace);
            Count(TextFeature.LineBreaks, now.Breaks & ~afterBreak);
            Count(TextFeature.ExtraLineBreaks, now.Breaks & afterBreak);
        }

        last = now;
    }

    /// <summary>A bit for each byte that stands <paramref name="distance"/> behind one of the class.</summary>
    private static ulong Behind(ulong now, ulong last, int distance) => (now << distance) | (last >> (64 - distance));

    private void Count(TextFeature feature, ulong mask) => _features[(int)feature] += BitOperations.PopCount(mask);

    private void CountLateLetters(ulong now, ulong last, ulong afterLetter)
    {
        // A bit for each letter that ends two, four, seven and eleven letters in a row.
        ulong two = now & afterLetter, lastTwo = last & (last << 1);
        ulong four = two & Behind(two, lastTwo, 2), lastFour = lastTwo & (lastTwo << 2);
        ulong seven = four & Behind(four, lastFour, 3), lastSeven = lastFour & (lastFour << 3);
        if (seven != 0)
        {
            Count(TextFeature.LateLetters, seven);
            Count(TextFeature.VeryLateLetters, seven & Behind(seven, lastSeven, 4));
        }
    }

    /// <summary>Counts characters by script, and moves the bytes of Latin letters from the foreign ones to the letters.</summary>
    private ByteClasses CountScripts(in ByteClasses found, ulong latin, ReadOnlySpan<byte> text)
    {
        ulong overflow = 0;
        for (var foreign = found.Foreign; foreign != 0; foreign &= foreign - 1)
        {
            int at = BitOperations.TrailingZeroCount(foreign);
            if (text[at] < 0xC2)
            {
                continue;
            }

            var script = ScriptOf(text[at], at + 1 < text.Length ? text[at + 1] : 0);
            _features[(int)script]++;
            if (script is TextFeature.MarkedLatin or TextFeature.Vietnamese)
            {
                ulong bytes = text[at] < 0xE0 ? 0b11UL : 0b111UL;
                latin |= bytes << at;
                overflow |= at == 0 ? 0 : bytes >> (64 - at);
            }
        }

        return found with { Letters = found.Letters | (latin & found.Foreign), Foreign = found.Foreign & ~latin, LatinOverflow = overflow };
    }

    private static TextFeature ScriptOf(int lead, int next) => lead switch
    {
        0xC2 => TextFeature.Marks,
        <= 0xCA => TextFeature.MarkedLatin,
        <= 0xCD => TextFeature.Arabic,
        <= 0xCF => TextFeature.Greek,
        <= 0xD4 => TextFeature.Cyrillic,
        0xD6 or 0xD7 => TextFeature.Hebrew,
        <= 0xDF => TextFeature.Arabic,
        0xE0 when next < 0xA6 => TextFeature.Devanagari,
        0xE0 when next < 0xB8 => TextFeature.Indian,
        0xE0 => TextFeature.Thai,
        0xE1 when next >= 0xB8 => TextFeature.Vietnamese,
        0xE1 => TextFeature.RareScript,
        0xE2 => TextFeature.Marks,
        0xE3 => TextFeature.Kana,
        <= 0xE9 => TextFeature.Han,
        <= 0xED => TextFeature.Hangul,
        <= 0xEF => TextFeature.Marks,
        _ => TextFeature.Astral,
    };
}
